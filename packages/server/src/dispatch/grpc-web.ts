import { runtimeFailure } from '../errors/runtime-code.ts';
import { compressions } from './compression.ts';
import { ENVELOPE_BYTES, unwrap, wrap, writeHead } from './envelope.ts';
import { fieldBlock, fieldsOf } from './fields.ts';
import type { Fields } from './http-call.ts';
import type { UnaryProtocol } from './protocol.ts';
import { statusFields } from './status-fields.ts';
import { grpcTimeout } from './timeout.ts';

/** Flag of the envelope that carries the trailers. */
const TRAILERS = 0b1000_0000;

const OK = trailerFrame(['grpc-status', '0']);

/**
 * gRPC-Web: trailers are part of the body.
 *
 * @param contentType - `application/grpc-web` and the like, as the client wrote it
 * @param text - whether bodies are in base64
 * @param security - constant fields of every answer
 */
export function grpcWebProtocol(contentType: string, text: boolean, security: Fields): UnaryProtocol {
  const plain = fieldBlock('content-type', contentType, ...security);
  const compressed = new Map(
    compressions.map((compression) => [
      compression,
      fieldBlock(...plain.fields, 'grpc-encoding', compression.name),
    ]),
  );
  const written = text ? inBase64 : asItIs;
  return {
    name: 'grpc-web',
    timeoutHeader: 'grpc-timeout',
    timeout: grpcTimeout,
    encodingHeader: 'grpc-encoding',
    acceptEncodingHeader: 'grpc-accept-encoding',
    bodyBytes: (maxMessageBytes) => {
      const bytes = ENVELOPE_BYTES + maxMessageBytes;
      return text ? Math.ceil(bytes / 3) * 4 : bytes;
    },
    unwrap: (body, _compressed, maxBytes) => unwrap(text ? fromBase64(body) : body, maxBytes),
    // The trailers follow right behind the message: both are copied.
    tracesGoodAnswers: true,
    reserve: 0,
    answer: (message, compression, { header, trailer }) => {
      const tail = trailer === undefined ? OK : trailerFrame(['grpc-status', '0', ...fieldsOf(trailer)]);
      return {
        status: 200,
        block: (compression && compressed.get(compression)) ?? plain,
        own: header && fieldsOf(header),
        body: written(wrap(message, compression !== undefined, tail)),
        trailers: undefined,
      };
    },
    refusal: (error, { header, trailer }) => ({
      status: 200,
      block: plain,
      own: header && fieldsOf(header),
      body: written(trailerFrame(statusFields(error, trailer))),
      trailers: undefined,
    }),
  };
}

function trailerFrame(fields: Fields): Uint8Array {
  let text = '';
  for (let index = 0; index < fields.length; index += 2) {
    text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  }
  const bytes = Buffer.allocUnsafe(ENVELOPE_BYTES + Buffer.byteLength(text, 'latin1'));
  bytes.write(text, ENVELOPE_BYTES, 'latin1');
  writeHead(bytes, TRAILERS, bytes.length - ENVELOPE_BYTES);
  return bytes;
}

function asItIs(bytes: Uint8Array): Uint8Array {
  return bytes;
}

function inBase64(bytes: Uint8Array): Uint8Array {
  return Buffer.from(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    'latin1',
  );
}

/** Clients may send several pieces in base64, one after the other, each padded. */
function fromBase64(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  if (!BASE64.test(text)) {
    throw runtimeFailure('INVALID_ARGUMENT', 'the request body is not base64, as its content-type says');
  }
  const pieces = text.match(PIECES) ?? [];
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined
    ? Buffer.from(only, 'base64')
    : Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}

const BASE64 = /^[A-Za-z0-9+/=]*$/;
/** Everything up to the end of a padding. */
const PIECES = /[A-Za-z0-9+/]+={0,2}/g;
