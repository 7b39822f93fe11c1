// What a reset in batches will do, worked out before it does it.

/** `{servers, batches: [sizes], delay, least}`; `least` is in milliseconds: the delays alone. */
export function planOf(servers, batchSize, delay) {
  const size = batchSize > 0 ? batchSize : Math.max(servers, 1);
  const number = Math.ceil(servers / size);
  const batches = Array.from({ length: number }, (_, n) => Math.min(size, servers - n * size));
  return { servers, batches, delay, least: Math.max(0, number - 1) * delay * 1000 };
}

/** The batches of the request that made a task: `{size, delay}`; a size of 0 where all go at once. */
export function batchesOf(task) {
  const whole = (value) => (Number.isInteger(value) && value > 0 ? value : 0);
  try {
    const body = JSON.parse(task?.Payload?.JsonBody ?? "{}");
    return { size: whole(body.BatchSize), delay: whole(body.DelayBetweenBatchesInSeconds) };
  } catch {
    return { size: 0, delay: 0 }; // a payload that was cut, or is nobody's JSON
  }
}

/**
 * How fast it goes and when it ends if it goes on so. `ends` are the moments at which subtasks ended, `left` how many
 * have not; it cannot end before the delays of the `batches` to come are over. The pace is that of the last minute of
 * work, or of all of it where it is younger.
 */
export function paceOf(ends, left, started, batches = { size: 0, delay: 0 }, now = Date.now()) {
  if (ends.length < 2) return null;
  const from = Math.max(started, now - 60000);
  const lately = ends.filter((at) => at >= from).length;
  const perMs = lately >= 2 ? lately / Math.max(now - from, 1) : ends.length / Math.max(now - started, 1);
  const delays = batches.size ? Math.floor(left / batches.size) * batches.delay * 1000 : 0;
  return perMs > 0 ? { perMinute: perMs * 60000, endsAt: now + Math.max(left / perMs, delays) } : null;
}
