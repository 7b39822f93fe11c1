-- Every statement on records, by name. Parameters: ?1 id, ?2 revision, ?3 record, from ?4 the kind's own.
-- An update finds no row when the stored revision is not the one before.

-- name: save_new_task
INSERT INTO tasks (id, revision, record, parent, owner, started, ended, live, state, status, operation, target)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)

-- name: save_task
UPDATE tasks
SET revision = ?2, record = ?3, parent = ?4, owner = ?5, started = ?6, ended = ?7, live = ?8,
    state = ?9, status = ?10, operation = ?11, target = ?12
WHERE id = ?1 AND revision = ?2 - 1

-- name: has_task
SELECT 1 FROM tasks WHERE id = ?1

-- name: remove_subtasks
DELETE FROM tasks WHERE parent = ?1

-- name: remove_task
DELETE FROM tasks WHERE id = ?1

-- name: task
SELECT record FROM tasks WHERE id = ?1

-- name: top_level_tasks
SELECT id FROM tasks WHERE parent IS NULL ORDER BY started DESC, place DESC

-- name: tasks_of_owner
SELECT id FROM tasks WHERE parent IS NULL AND owner = ?1 ORDER BY started DESC, place DESC

-- name: subtasks
SELECT id FROM tasks WHERE parent = ?1 ORDER BY place

-- name: ended_tasks
SELECT id FROM tasks WHERE parent IS NULL AND ended IS NOT NULL AND ended <= ?1 ORDER BY ended, place LIMIT ?2

-- name: count_tasks
SELECT coalesce(sum(tasks), 0) FROM task_counts

-- name: count_tasks_without
SELECT (SELECT coalesce(sum(tasks), 0) FROM task_counts)
    - (SELECT count(*) FROM json_each(?1) AS given CROSS JOIN tasks ON tasks.id = given.value
       WHERE tasks.parent IS NULL)

-- name: count_tasks_of_owner
SELECT coalesce(sum(tasks), 0) FROM task_counts WHERE owner = ?1

-- name: count_subtasks
SELECT count(*) FROM tasks WHERE parent = ?1

-- name: live_tasks
SELECT record FROM tasks WHERE live = 1 ORDER BY place

-- name: save_new_account
INSERT INTO accounts (id, revision, record, name) VALUES (?1, ?2, ?3, ?4)

-- name: save_account
UPDATE accounts SET revision = ?2, record = ?3, name = ?4 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_account
SELECT 1 FROM accounts WHERE id = ?1

-- name: account
SELECT record FROM accounts WHERE id = ?1

-- name: account_named
SELECT record FROM accounts WHERE name = ?1

-- name: accounts
SELECT record FROM accounts ORDER BY place

-- name: remove_account
DELETE FROM accounts WHERE id = ?1

-- name: save_new_role
INSERT INTO roles (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_role
UPDATE roles SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_role
SELECT 1 FROM roles WHERE id = ?1

-- name: remove_role
DELETE FROM roles WHERE id = ?1

-- name: roles
SELECT record FROM roles ORDER BY place

-- name: save_new_session
INSERT INTO sessions (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_session
UPDATE sessions SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_session
SELECT 1 FROM sessions WHERE id = ?1

-- name: remove_session
DELETE FROM sessions WHERE id = ?1

-- name: sessions
SELECT record FROM sessions ORDER BY place

-- name: save_new_source
INSERT INTO sources (id, revision, record, address) VALUES (?1, ?2, ?3, ?4)

-- name: save_source
UPDATE sources SET revision = ?2, record = ?3, address = ?4 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_source
SELECT 1 FROM sources WHERE id = ?1

-- name: remove_source
DELETE FROM sources WHERE id = ?1

-- name: sources
SELECT record FROM sources ORDER BY place LIMIT ?1

-- name: save_new_system
INSERT INTO systems (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_system
UPDATE systems SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_system
SELECT 1 FROM systems WHERE id = ?1

-- name: remove_system
DELETE FROM systems WHERE id = ?1

-- name: systems
SELECT record FROM systems ORDER BY place

-- name: save_new_aggregate
INSERT INTO aggregates (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_aggregate
UPDATE aggregates SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_aggregate
SELECT 1 FROM aggregates WHERE id = ?1

-- name: remove_aggregate
DELETE FROM aggregates WHERE id = ?1

-- name: aggregates
SELECT record FROM aggregates ORDER BY place

-- name: save_new_service_settings
INSERT INTO service_settings (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_service_settings
UPDATE service_settings SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_service_settings
SELECT 1 FROM service_settings WHERE id = ?1

-- name: service_settings
SELECT record FROM service_settings ORDER BY place

-- name: save_new_request_key
INSERT INTO request_keys (id, revision, record, task, made) VALUES (?1, ?2, ?3, ?4, ?5)

-- name: save_request_key
UPDATE request_keys SET revision = ?2, record = ?3, task = ?4, made = ?5 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_request_key
SELECT 1 FROM request_keys WHERE id = ?1

-- name: remove_request_key
DELETE FROM request_keys WHERE id = ?1

-- name: request_key
SELECT record FROM request_keys WHERE id = ?1

-- name: stale_request_keys
SELECT id FROM request_keys WHERE made <= ?1 AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.id = request_keys.task)
ORDER BY made, place LIMIT ?2

-- name: emit
INSERT INTO events (happened, record) VALUES (?1, ?2) -- the number is SQLite's own: one more than the highest

-- name: events_after
SELECT number, happened, record FROM events WHERE number > ?1 ORDER BY number LIMIT ?2

-- name: outbox_span
SELECT coalesce((SELECT min(number) FROM events), 0), coalesce((SELECT max(number) FROM events), 0)

-- name: oldest_events
SELECT number, happened FROM events ORDER BY number LIMIT ?1

-- name: forget_events
DELETE FROM events WHERE number <= ?1 AND number < (SELECT max(number) FROM events)

-- name: save_new_subscription
INSERT INTO subscriptions (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_subscription
UPDATE subscriptions SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_subscription
SELECT 1 FROM subscriptions WHERE id = ?1

-- name: remove_subscription
DELETE FROM subscriptions WHERE id = ?1

-- name: subscriptions
SELECT record FROM subscriptions ORDER BY place

-- name: save_new_delivery
INSERT INTO deliveries (id, revision, record) VALUES (?1, ?2, ?3)

-- name: save_delivery
UPDATE deliveries SET revision = ?2, record = ?3 WHERE id = ?1 AND revision = ?2 - 1

-- name: has_delivery
SELECT 1 FROM deliveries WHERE id = ?1

-- name: remove_delivery
DELETE FROM deliveries WHERE id = ?1

-- name: deliveries
SELECT record FROM deliveries ORDER BY place
