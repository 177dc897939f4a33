/**
 * Milliseconds that the `retry-after` header of an answer asks to wait (RFC 9110, 10.2.3: seconds or a date), or
 * `undefined` without a valid one.
 */
export function retryAfterMs(metadata: Headers): number | undefined {
  const value = metadata.get('retry-after')?.trim();
  if (!value) {
    return undefined;
  }
  if (/^\d+(\.\d+)?$/.test(value)) {
    return Number(value) * 1000;
  }
  // Date.parse takes far more for a date than HTTP does.
  const date = value.endsWith(' GMT') ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
