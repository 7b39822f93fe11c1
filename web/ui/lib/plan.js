// What a reset in batches will do, worked out before it does it.

/** `{servers, batches: [sizes], delay, least}`; `least` is in milliseconds: the delays alone. */
export function planOf(servers, batchSize, delay) {
  const size = batchSize > 0 ? batchSize : Math.max(servers, 1);
  const number = Math.ceil(servers / size);
  const batches = Array.from({ length: number }, (_, n) => Math.min(size, servers - n * size));
  return { servers, batches, delay, least: Math.max(0, number - 1) * delay * 1000 };
}

/** The batch size of the request that made a task, or 0 where all go at once. */
export function batchSizeOf(task) {
  try {
    const size = JSON.parse(task?.Payload?.JsonBody ?? "{}").BatchSize;
    return Number.isInteger(size) && size > 0 ? size : 0;
  } catch {
    return 0; // a payload that was cut, or is nobody's JSON
  }
}

/**
 * How fast it goes and when it ends if it goes on so. `ends` are the moments at which subtasks ended, `left` how many
 * have not. The pace is that of the last minute of work, or of all of it where it is younger.
 */
export function paceOf(ends, left, started, now = Date.now()) {
  if (ends.length < 2) return null;
  const from = Math.max(started, now - 60000);
  const lately = ends.filter((at) => at >= from).length;
  const perMs = lately >= 2 ? lately / Math.max(now - from, 1) : ends.length / Math.max(now - started, 1);
  return perMs > 0 ? { perMinute: perMs * 60000, endsAt: now + left / perMs } : null;
}
