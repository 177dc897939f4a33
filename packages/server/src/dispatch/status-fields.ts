import type { ConnectError } from '@connectrpc/connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { fieldsOf, mergeFields } from './fields.ts';

/** How a call ended, in gRPC's terms. */
const STATUS = ['grpc-status', 'grpc-message', 'grpc-status-details-bin'] as const;

/**
 * The trailer of a call of gRPC or gRPC-Web that failed. The status is the error's, whatever a handler has put into
 * its trailer or into the metadata of what it threw. Of any other field, what was thrown has the last word.
 */
export function statusFields(error: ConnectError, trailer: Headers | undefined): string[] {
  const status = setTrailerStatus(new Headers(), error);
  const said = trailer && fieldsOf(trailer);
  // What another server has said of a call is not said again of this one.
  const fields = [...(mergeFields(said, error.isWireError ? undefined : fieldsOf(error.metadata)) ?? [])];
  for (const name of STATUS) {
    const value = status.get(name);
    if (value !== null) {
      fields.push(name, value);
    }
  }
  return fields;
}
