import { compressions } from './compression.ts';
import { ENVELOPE_BYTES, headed, unwrap, wrap } from './envelope.ts';
import { fieldBlock, fieldsOf } from './fields.ts';
import type { FieldBlock } from './http-call.ts';
import type { UnaryProtocol } from './protocol.ts';
import { statusFields } from './status-fields.ts';
import { grpcTimeout } from './timeout.ts';

const OK: FieldBlock = fieldBlock('grpc-status', '0');

/** gRPC over HTTP/2. @param contentType - `application/grpc` and the like, as the client wrote it */
export function grpcProtocol(contentType: string): UnaryProtocol {
  const plain = fieldBlock('content-type', contentType);
  const compressed = new Map(
    compressions.map((compression) => [
      compression,
      fieldBlock(...plain.fields, 'grpc-encoding', compression.name),
    ]),
  );
  return {
    name: 'grpc',
    timeoutHeader: 'grpc-timeout',
    timeout: grpcTimeout,
    encodingHeader: 'grpc-encoding',
    acceptEncodingHeader: 'grpc-accept-encoding',
    bodyBytes: (maxMessageBytes) => ENVELOPE_BYTES + maxMessageBytes,
    unwrap: (body, _compressed, maxBytes) => unwrap(body, maxBytes),
    tracesGoodAnswers: false,
    reserve: ENVELOPE_BYTES,
    answer: (message, compression, { header, trailer }) => ({
      status: 200,
      block: (compression && compressed.get(compression)) ?? plain,
      own: header && fieldsOf(header),
      body: compression === undefined ? headed(message) : wrap(message, true),
      trailers: trailer === undefined ? OK : fieldBlock('grpc-status', '0', ...fieldsOf(trailer)),
    }),
    refusal: (error, { header, trailer }) => {
      const status = statusFields(error, trailer);
      // A client tells the two apart only when the handler has said something in the header.
      return header === undefined
        ? { status: 200, block: plain, own: status, body: undefined, trailers: undefined }
        : {
            status: 200,
            block: plain,
            own: fieldsOf(header),
            body: undefined,
            trailers: fieldBlock(...status),
          };
    },
  };
}
