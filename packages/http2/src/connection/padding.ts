import { ErrorCode } from '../error-code.ts';
import { Http2Error } from '../http2-error.ts';

/**
 * Where the content of a padded frame ends; it begins one byte after the payload.
 *
 * @throws Http2Error for more padding than there are bytes
 */
export function endOfContent(bytes: Buffer, start: number, end: number): number {
  if (start === end) {
    throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, 'a padded frame has no bytes');
  }
  const content = end - (bytes[start] as number);
  if (content <= start) {
    throw new Http2Error(ErrorCode.PROTOCOL_ERROR, 'a frame has more padding than bytes');
  }
  return content;
}
