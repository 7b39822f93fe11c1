-- What clients filter tasks by, and how many tasks each owner has, for lists that need not be counted.
ALTER TABLE tasks ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN status TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN operation TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN target TEXT NOT NULL DEFAULT '';
UPDATE tasks SET
    state = task_field(record, 'state'),
    status = task_field(record, 'status'),
    operation = task_field(record, 'operation'),
    target = task_field(record, 'target');

CREATE INDEX tasks_by_state ON tasks (state, started, place, id) WHERE parent IS NULL;
CREATE INDEX tasks_by_status ON tasks (status, started, place, id) WHERE parent IS NULL;
CREATE INDEX tasks_by_operation ON tasks (operation, started, place, id) WHERE parent IS NULL;

CREATE TABLE task_counts (
    owner TEXT PRIMARY KEY,
    tasks INTEGER NOT NULL -- top-level ones; an owner without any has no row
) STRICT;
INSERT INTO task_counts SELECT owner, count(*) FROM tasks WHERE parent IS NULL GROUP BY owner;

CREATE TRIGGER task_added AFTER INSERT ON tasks WHEN NEW.parent IS NULL
BEGIN
    INSERT INTO task_counts VALUES (NEW.owner, 1) ON CONFLICT (owner) DO UPDATE SET tasks = tasks + 1;
END;
CREATE TRIGGER task_removed AFTER DELETE ON tasks WHEN OLD.parent IS NULL
BEGIN
    UPDATE task_counts SET tasks = tasks - 1 WHERE owner = OLD.owner;
    DELETE FROM task_counts WHERE owner = OLD.owner AND tasks = 0;
END;
