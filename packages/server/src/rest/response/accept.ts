import { Code } from '@connectrpc/connect';
import { RestError } from '../rest-error.ts';

/**
 * The type a client likes best among those that can be sent, the first of them where it does not care; `undefined`
 * when it takes none.
 *
 * @param accept - the header; a missing one takes everything
 */
export function negotiate<T extends string>(
  accept: string | null | undefined,
  offers: readonly T[],
): T | undefined {
  if (accept === null || accept === undefined || accept.trim() === '') {
    return offers[0];
  }
  let best: T | undefined;
  let bestQuality = 0;
  let bestPrecision = 0;
  const ranges = accept.split(',').map(parseRange);
  for (const offer of offers) {
    let quality = 0;
    let precision = 0;
    for (const range of ranges) {
      const fit = precisionOf(range.type, offer);
      // The most precise range decides, whatever its quality.
      if (fit > precision) {
        precision = fit;
        quality = range.quality;
      }
    }
    if (quality > bestQuality || (quality === bestQuality && quality > 0 && precision > bestPrecision)) {
      best = offer;
      bestQuality = quality;
      bestPrecision = precision;
    }
  }
  return best;
}

/** Refuses a request whose `accept` leaves nothing to answer with. @throws RestError */
export function notAcceptable(accept: string, offers: readonly string[]): RestError {
  return new RestError(
    Code.InvalidArgument,
    `the header accept excludes every form of the answer; expected ${offers.join(' or ')}`,
    {
      httpStatus: 406,
      restCode: 'NOT_ACCEPTABLE',
      details: [{ field: 'accept', reason: 'NOT_ACCEPTABLE', value: accept.slice(0, 64) }],
    },
  );
}

function parseRange(text: string): { type: string; quality: number } {
  const [type = '', ...parameters] = text.split(';');
  let quality = 1;
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim().toLowerCase() === 'q') {
      const number = Number(value.trim());
      quality = number >= 0 && number <= 1 ? number : 0;
    }
  }
  return { type: type.trim().toLowerCase(), quality };
}

/** 0: does not fit; 1: everything; 2: the main type; 3: exactly. */
function precisionOf(range: string, offer: string): number {
  if (range === offer) {
    return 3;
  }
  if (range === `${offer.slice(0, offer.indexOf('/'))}/*`) {
    return 2;
  }
  return range === '*/*' ? 1 : 0;
}
