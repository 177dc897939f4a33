import { create } from '@bufbuild/protobuf';
import { type Client, Code, ConnectError, createClient, type ServiceImpl } from '@connectrpc/connect';
import { onTestFinished } from 'vitest';
import { type ErrorModel, errorModel } from '../error-model.ts';
import { createNodeTransport, type NodeTransportOptions } from '../node/index.ts';
import type { PolicyOptions } from '../policy-options.ts';
import { TacosError } from '../tacos-error.ts';
import { withPolicies } from '../with-policies.ts';
import {
  DepotService,
  ParcelService,
  ProblemCode,
  ProblemCodeSchema,
  ProblemSchema,
} from './gen/parcel/v1/parcel_pb.js';
import { startServer, type TestServer } from './server.ts';

/** The error model of the parcel contract. */
export const problems: ErrorModel = errorModel({ error: ProblemSchema, codes: ProblemCodeSchema });

/** A failure as a server of the contract sends it. */
export function problem(code: ProblemCode, status: Code, headers: HeadersInit = {}): ConnectError {
  const detail = create(ProblemSchema, { code, message: 'as the test wants it', traceId: 'c0ffee' });
  return new ConnectError('status text', status, headers, [{ desc: ProblemSchema, value: detail }]);
}

/** No van is free just now. */
export const noVan = () => problem(ProblemCode.NO_VAN, Code.Unavailable);

export interface Parcels {
  readonly server: TestServer;
  readonly parcels: Client<typeof ParcelService>;
  readonly depots: Client<typeof DepotService>;
}

/** A server with the given behaviour and clients of it, over gRPC unless said otherwise. */
export async function startParcels(
  behaviour: {
    parcels?: Partial<ServiceImpl<typeof ParcelService>>;
    depots?: Partial<ServiceImpl<typeof DepotService>>;
  },
  options: PolicyOptions & Omit<NodeTransportOptions, 'baseUrl'> = {},
): Promise<Parcels> {
  const server = await startServer({
    httpVersion: options.httpVersion ?? '2',
    routes: (router) => {
      router.service(ParcelService, behaviour.parcels ?? {});
      router.service(DepotService, behaviour.depots ?? {});
    },
  });
  const wire = createNodeTransport({ ...options, baseUrl: server.baseUrl });
  onTestFinished(() => wire.close());
  const transport = withPolicies(wire, { errors: problems, ...options });
  return {
    server,
    parcels: createClient(ParcelService, transport),
    depots: createClient(DepotService, transport),
  };
}

/** The error a call ends with. */
export async function errorOf(call: Promise<unknown>): Promise<TacosError> {
  const result = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in result)) {
    throw new Error(`expected an error, got the answer ${JSON.stringify(result.answer)}`);
  }
  if (!(result.error instanceof TacosError)) {
    throw new Error('expected a TacosError', { cause: result.error });
  }
  return result.error;
}
