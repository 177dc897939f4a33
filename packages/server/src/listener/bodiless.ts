/** Whether an answer of this status has no body, and does not say how long it is (RFC 9110, 8.6). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}
