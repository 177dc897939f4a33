import { invalid, type RestErrorDetail } from '../rest-error.ts';

/**
 * Calls back with each parameter of a query string, decoded as forms encode them: a plus sign is a space.
 *
 * @param query - without the question mark
 * @param limit - parameters at most
 * @throws RestError for too many parameters and for what is not percent-encoded UTF-8
 */
export function forEachParameter(
  query: string,
  limit: number,
  visit: (name: string, value: string) => void,
): void {
  let count = 0;
  let start = 0;
  while (start < query.length) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand === -1 ? query.length : ampersand;
    if (end > start) {
      if (++count > limit) {
        throw invalid(`the query has more than ${limit} parameters; expected ${limit} at most`, {
          reason: 'TOO_MANY_PARAMETERS',
        });
      }
      const equals = query.indexOf('=', start);
      const split = equals === -1 || equals > end ? end : equals;
      const name = decode(query.slice(start, split));
      visit(name, decode(query.slice(split + 1, end), name));
    }
    start = end + 1;
  }
}

function decode(raw: string, field?: string): string {
  const spaced = raw.includes('+') ? raw.replaceAll('+', ' ') : raw;
  if (!spaced.includes('%')) {
    return spaced;
  }
  try {
    return decodeURIComponent(spaced);
  } catch {
    const detail: RestErrorDetail = { reason: 'INVALID_ENCODING' };
    const place = field === undefined ? 'a name in the query' : `the query parameter ${field.slice(0, 64)}`;
    throw invalid(
      `${place} is not percent-encoded UTF-8`,
      field === undefined ? detail : { ...detail, field: field.slice(0, 64) },
    );
  }
}
