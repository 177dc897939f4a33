/** `000` to `999` */
const THOUSANDTHS: readonly string[] = Array.from({ length: 1000 }, (_, number) =>
  String(number).padStart(3, '0'),
);

let second = Number.NaN;
let prefix = '';

/**
 * A time in ISO 8601 with milliseconds and `Z`, e.g. `2026-01-31T09:30:00.120Z`. What stays the same for a second is
 * worked out once a second.
 *
 * @param now - epoch milliseconds, an integer
 */
export function isoTime(now: number): string {
  const thousandth = now % 1000;
  if (now - thousandth !== second) {
    second = now - thousandth;
    // Without the milliseconds and the Z.
    prefix = new Date(second).toISOString().slice(0, -4);
  }
  return `${prefix}${THOUSANDTHS[thousandth]}Z`;
}

/** Milliseconds as a JSON number with three decimals, i.e. to the microsecond. Negative ones are 0. */
export function milliseconds(duration: number): string {
  const micros = Math.max(0, Math.round(duration * 1000));
  const thousandth = micros % 1000;
  return `${(micros - thousandth) / 1000}.${THOUSANDTHS[thousandth]}`;
}
