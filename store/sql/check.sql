-- What `taskmon store check` reads: every row with its record last, in the order in which it lies there.

-- name: rows_of_tasks
SELECT id, revision, parent, owner, started, ended, live, state, status, operation, target, record
FROM tasks
ORDER BY place

-- name: wrong_counts
SELECT owner, max(counted), max(there)
FROM (
    SELECT owner, tasks AS counted, 0 AS there FROM task_counts
    UNION ALL
    SELECT owner, 0, count(*) FROM tasks WHERE parent IS NULL GROUP BY owner
)
GROUP BY owner
HAVING max(counted) <> max(there)
ORDER BY owner

-- name: rows_of_accounts
SELECT id, revision, name, record FROM accounts ORDER BY place

-- name: rows_of_roles
SELECT id, revision, record FROM roles ORDER BY place

-- name: rows_of_sessions
SELECT id, revision, record FROM sessions ORDER BY place

-- name: rows_of_sources
SELECT id, revision, address, record FROM sources ORDER BY place

-- name: rows_of_systems
SELECT id, revision, record FROM systems ORDER BY place

-- name: rows_of_aggregates
SELECT id, revision, record FROM aggregates ORDER BY place

-- name: rows_of_service_settings
SELECT id, revision, record FROM service_settings ORDER BY place

-- name: rows_of_request_keys
SELECT id, revision, task, made, record FROM request_keys ORDER BY place

-- name: rows_of_subscriptions
SELECT id, revision, record FROM subscriptions ORDER BY place

-- name: rows_of_deliveries
SELECT id, revision, record FROM deliveries ORDER BY place

-- name: rows_of_events
SELECT number, happened, record FROM events ORDER BY number

-- name: applied_migrations
SELECT number, name FROM migrations ORDER BY number
