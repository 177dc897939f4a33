import { type TokenSecret, type TokenSigner, tokenSigner } from './signed-token.ts';

/** How far a reader of a live seat map has come. */
export interface SeatMapPosition {
  readonly eventId: string;
  /** Empty for all of them. */
  readonly section: string;
  /** Which numbering of the changes `sequence` belongs to. */
  readonly logId: string;
  readonly sequence: number;
}

/**
 * Resume tokens of live seat maps. They grant nothing: signed, so that nobody can make the server believe in a
 * position it has not given out.
 *
 * @param secrets See {@link tokenSigner}.
 */
export function seatMapTokens(secrets: readonly TokenSecret[]): TokenSigner<SeatMapPosition> {
  return tokenSigner<SeatMapPosition>('s1', secrets, {
    encode: ({ eventId, section, logId, sequence }) => [eventId, section, logId, sequence],
    decode: (json) => {
      const [eventId, section, logId, sequence] = Array.isArray(json) ? (json as unknown[]) : [];
      const valid =
        typeof eventId === 'string' &&
        typeof section === 'string' &&
        typeof logId === 'string' &&
        Number.isSafeInteger(sequence);
      return valid ? { eventId, section, logId, sequence: sequence as number } : undefined;
    },
  });
}
