import { fileURLToPath } from 'node:url';
import { variants } from './variants.ts';

/** What is spoken with a server: gRPC over cleartext HTTP/2, or Connect over HTTP/1.1. */
export type Protocol = 'grpc' | 'connect';

/** A server that load is put on. */
export interface ServerUnderLoad {
  readonly name: string;
  readonly protocol: Protocol;
  /** Whether it is one of ours, and not a peer. */
  readonly isOurs: boolean;
  /** Whether calls carry a token. */
  readonly needsToken: boolean;
  /** What starts it. */
  command(nodeFlags: readonly string[]): readonly string[];
}

/** A server of this folder, run by this Node. */
function nodeServer(file: string, argument: string): (nodeFlags: readonly string[]) => readonly string[] {
  const path = fileURLToPath(new URL(`servers/${file}`, import.meta.url));
  const flags = ['--conditions=@traffic-tacos/source', '--expose-gc'];
  return (nodeFlags) => [process.execPath, ...flags, ...nodeFlags, path, argument];
}

function ours(protocol: Protocol, variant: string): ServerUnderLoad {
  return {
    name: `ours: ${variant}`,
    protocol,
    isOurs: true,
    needsToken: variant === 'auth' || variant === 'all',
    command: nodeServer('ours.ts', variant),
  };
}

function peer(protocol: Protocol, name: string, command: ServerUnderLoad['command']): ServerUnderLoad {
  return { name, protocol, isOurs: false, needsToken: false, command };
}

/** Our variants and the peers in Node. */
export const nodeServers: readonly ServerUnderLoad[] = [
  ...variants.map((variant) => ours('grpc', variant)),
  peer('grpc', 'connect-node', nodeServer('connect-node.ts', '2')),
  peer('grpc', 'grpc-js', nodeServer('grpc-js.ts', '')),
  peer('grpc', 'node:http2', nodeServer('bare-http2.ts', '')),
  { ...ours('grpc', 'http2 engine alone'), command: nodeServer('bare-engine.ts', '') },
  ours('connect', 'bare'),
  ours('connect', 'all'),
  peer('connect', 'connect-node', nodeServer('connect-node.ts', '1')),
  peer('connect', 'node:http', nodeServer('bare-http1.ts', '')),
];

/** grpc-go, once it is built. */
export function grpcGo(binary: string): ServerUnderLoad {
  return peer('grpc', 'grpc-go', () => [binary]);
}
