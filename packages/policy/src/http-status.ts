/** HTTP statuses of the canonical status codes, by number, as google.rpc.Code gives them; an error is never OK. */
const HTTP_STATUSES = [500, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/** The HTTP status that stands for a canonical status code; 500 for a number that is none. */
export function httpStatusOf(status: number): number {
  return HTTP_STATUSES[status] ?? 500;
}
