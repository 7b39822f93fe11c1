-- Ended tasks are removed in time, what ended first before all others.
CREATE INDEX ended_tasks ON tasks (parent, ended, place, id) WHERE parent IS NULL AND ended IS NOT NULL;
