/** What REST answers, as a program sees it. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A request by REST, with JSON in and out. */
export async function askRest(
  url: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  request?: { readonly body?: object; readonly key?: string; readonly token?: string },
): Promise<RestAnswer> {
  const { body, key, token } = request ?? {};
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
