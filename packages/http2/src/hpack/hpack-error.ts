/**
 * A header block that cannot be decoded. The table of the decoder that threw it is no longer the one of its peer: the
 * connection ends with COMPRESSION_ERROR (RFC 9113, 4.3).
 */
export class HpackError extends Error {
  override readonly name = 'HpackError';
}
