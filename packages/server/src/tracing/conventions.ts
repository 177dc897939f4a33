import type { DescMethod } from '@bufbuild/protobuf';
import type { Attributes } from '@opentelemetry/api';
import { statusName } from '../errors/status.ts';

/**
 * Which semantic conventions attributes follow: `stable` (`rpc.system.name`, `rpc.method` in full, `rpc.status_code`)
 * or `previous` (`rpc.system`, `rpc.service`, `rpc.method`, `rpc.grpc.status_code`, `rpc.connect_rpc.error_code`).
 */
export type Conventions = 'stable' | 'previous';

/** Attributes of the spans of one method. */
export interface MethodAttributes {
  /** What is known at the beginning. @param protocol - `grpc`, `grpc-web`, or another that speaks Connect's codes */
  started(protocol: string): Attributes;
  /** What is known at the end. @param code - number of the canonical status, 0 for OK */
  ended(protocol: string, code: number): Attributes;
}

/** Works out what does not change from call to call. */
export function methodAttributes(method: DescMethod, conventions: Conventions): MethodAttributes {
  const service = method.parent.typeName;
  if (conventions === 'previous') {
    const names = { 'rpc.service': service, 'rpc.method': method.name };
    return {
      started: (protocol) => ({ 'rpc.system': isGrpc(protocol) ? 'grpc' : 'connect_rpc', ...names }),
      ended: (protocol, code) => {
        if (isGrpc(protocol)) {
          return { 'rpc.grpc.status_code': code };
        }
        return code === 0 ? {} : { 'rpc.connect_rpc.error_code': statusName(code).toLowerCase() };
      },
    };
  }
  const name = `${service}/${method.name}`;
  return {
    started: (protocol) => ({
      'rpc.system.name': isGrpc(protocol) ? 'grpc' : 'connectrpc',
      'rpc.method': name,
    }),
    ended: (protocol, code) => {
      if (code === 0) {
        return isGrpc(protocol) ? { 'rpc.status_code': 'OK' } : {};
      }
      const status = isGrpc(protocol) ? statusName(code) : connectCode(code);
      return { 'rpc.status_code': status, 'error.type': status };
    },
  };
}

function isGrpc(protocol: string): boolean {
  return protocol === 'grpc' || protocol === 'grpc-web';
}

/** The name of a code on Connect's wire. */
function connectCode(code: number): string {
  return code === 1 ? 'canceled' : statusName(code).toLowerCase();
}

/** Statuses for which the server is to blame: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVER_ERRORS: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

/** Whether the span of a server is in error with a status. */
export function isServerError(code: number): boolean {
  return SERVER_ERRORS.has(code);
}

/** The address that a client called, as attributes; none for one that is no URL with a host. */
export function serverAttributes(url: string): Attributes {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === '') {
    return {};
  }
  // Brackets belong to the URL, not to the address.
  const address = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = Number(parsed.port) || (parsed.protocol === 'https:' ? 443 : 80);
  return { 'server.address': address, 'server.port': port };
}
