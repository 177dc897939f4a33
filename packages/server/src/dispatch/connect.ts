import type { ConnectError } from '@connectrpc/connect';
import { codeToHttpStatus, errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { compressions } from './compression.ts';
import { concatFields, fieldBlock, fieldsOf, mergeFields } from './fields.ts';
import type { Fields } from './http-call.ts';
import type { Metadata, UnaryProtocol } from './protocol.ts';
import { connectTimeout } from './timeout.ts';

/**
 * Connect's unary calls: the body is the message.
 *
 * @param contentType - of the answer
 * @param security - constant fields of every answer
 */
export function connectProtocol(contentType: string, security: Fields): UnaryProtocol {
  const plain = fieldBlock('content-type', contentType, ...security);
  const failed = fieldBlock('content-type', 'application/json', ...security);
  const compressed = new Map(
    compressions.map((compression) => [
      compression,
      fieldBlock(...plain.fields, 'content-encoding', compression.name),
    ]),
  );
  return {
    name: 'connect',
    timeoutHeader: 'connect-timeout-ms',
    timeout: connectTimeout,
    encodingHeader: 'content-encoding',
    acceptEncodingHeader: 'accept-encoding',
    bodyBytes: (maxMessageBytes) => maxMessageBytes,
    unwrap: (body, compressed, maxBytes) => {
      if (body.length > maxBytes) {
        throw runtimeFailure(
          'MESSAGE_TOO_LARGE',
          `the request message has ${body.length} bytes; expected at most ${maxBytes}`,
        );
      }
      return { compressed, body, start: 0 };
    },
    tracesGoodAnswers: true,
    reserve: 0,
    answer: (message, compression, metadata) => ({
      status: 200,
      block: (compression && compressed.get(compression)) ?? plain,
      own: metadataFields(metadata),
      body: message,
      trailers: undefined,
    }),
    refusal: (error, metadata) => ({
      status: codeToHttpStatus(error.code),
      block: failed,
      own: mergeFields(metadataFields(metadata), errorFields(error)),
      body: errorToJsonBytes(error, undefined),
      trailers: undefined,
    }),
  };
}

function metadataFields({ header, trailer }: Metadata): Fields | undefined {
  return concatFields(header && fieldsOf(header), trailer && fieldsOf(trailer, 'trailer-'));
}

/** Metadata of an error that did not come from another server, without what the protocol itself has to say. */
function errorFields(error: ConnectError): Fields | undefined {
  if (error.isWireError) {
    return undefined;
  }
  const fields = fieldsOf(error.metadata);
  const own = fields.filter((_, index) => !RESERVED.test(fields[index - (index % 2)] as string));
  return own.length === 0 ? undefined : own;
}

const RESERVED =
  /^(?:content-(?:type|length|encoding)|accept-encoding|host|user-agent|date|trailer(?:-.*)?|transfer-encoding|connection|grpc-.*|connect-.*)$/;
