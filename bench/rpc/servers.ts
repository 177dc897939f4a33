import { fileURLToPath } from 'node:url';
import { overHttp1, type Protocol, type Shape, shapes, usual } from './shapes.ts';
import { variants } from './variants.ts';

/** A server that load is put on. */
export interface ServerUnderLoad {
  readonly name: string;
  readonly protocol: Protocol;
  /** Whether it is one of ours, and not a peer. */
  readonly isOurs: boolean;
  /** Of ours: the one without policies. */
  readonly bare?: string;
  /** Whether calls carry a token. */
  readonly needsToken: boolean;
  /** What starts it. */
  command(nodeFlags: readonly string[]): readonly string[];
}

/** A server of this folder, run by this Node. */
function nodeServer(file: string, ...args: readonly string[]): ServerUnderLoad['command'] {
  const path = fileURLToPath(new URL(`servers/${file}`, import.meta.url));
  const flags = ['--conditions=@traffic-tacos/source', '--expose-gc'];
  return (nodeFlags) => [process.execPath, ...flags, ...nodeFlags, path, ...args];
}

/** @param engine - what serves HTTP/2; `undefined`: what does by default */
function ours({ protocol, isTls }: Shape, variant: string, engine?: 'node'): ServerUnderLoad {
  const named = (name: string): string => `ours: ${name}${engine === undefined ? '' : ', on node:http2'}`;
  return {
    name: named(variant),
    protocol,
    isOurs: true,
    bare: named('bare'),
    needsToken: variant === 'auth' || variant === 'all',
    command: nodeServer('ours.ts', variant, engine ?? '', isTls ? 'tls' : ''),
  };
}

function peer(protocol: Protocol, name: string, command: ServerUnderLoad['command']): ServerUnderLoad {
  return { name, protocol, isOurs: false, needsToken: false, command };
}

const grpcPeers: readonly ServerUnderLoad[] = [
  peer('grpc', 'connect-node', nodeServer('connect-node.ts', '2')),
  peer('grpc', 'grpc-js', nodeServer('grpc-js.ts')),
  peer('grpc', 'node:http2', nodeServer('bare-http2.ts')),
  { ...ours(usual, 'http2 engine alone'), command: nodeServer('bare-engine.ts') },
];

/** Our variants and the peers in Node, in cleartext. */
export const nodeServers: readonly ServerUnderLoad[] = [
  ...variants.map((variant) => ours(usual, variant)),
  ...variants.map((variant) => ours(usual, variant, 'node')),
  ...grpcPeers,
  ours(overHttp1, 'bare'),
  ours(overHttp1, 'all'),
  peer('connect', 'connect-node', nodeServer('connect-node.ts', '1')),
  peer('connect', 'node:http', nodeServer('bare-http1.ts')),
];

/**
 * What is measured in a shape: everything in the usual ones; in others without policies, with all of them, and beside
 * the peers that matter there.
 */
export function serversOf(shape: Shape, goBinary: string | undefined): readonly ServerUnderLoad[] {
  const go = goBinary === undefined ? [] : [grpcGo(goBinary)];
  if (shape === usual || shape === overHttp1) {
    const own = nodeServers.filter(({ protocol }) => protocol === shape.protocol);
    return shape === usual ? [...own, ...go] : own;
  }
  const own = ['bare', 'all'].flatMap((variant) => [ours(shape, variant), ours(shape, variant, 'node')]);
  return shape.isTls
    ? [...own, peer('grpc', 'grpc-js', nodeServer('grpc-js.ts', 'tls'))]
    : [...own, ...grpcPeers, ...go];
}

/** The shape of a name. @throws Error for one that there is not */
export function shapeOf(name: string): Shape {
  const shape = shapes.find((one) => one.name === name);
  if (shape === undefined) {
    throw new Error(
      `There is no shape "${name}"; expected one of ${shapes.map((one) => one.name).join(', ')}`,
    );
  }
  return shape;
}

/** grpc-go, once it is built. */
function grpcGo(binary: string): ServerUnderLoad {
  return peer('grpc', 'grpc-go', () => [binary]);
}
