import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type DescMethodUnary,
  type DescService,
  fromJson,
  type JsonObject,
  toJson,
} from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { GatewayService, QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService } from '@traffic-tacos/contracts/reservation/v1';

/** A client program that was not written here: calls one method, with JSON in and out. */
export type Program = (service: string, method: string, request: JsonObject) => Promise<unknown>;

/** Makes a program for the server at a URL; what it opens is closed when the test is over. */
export type MakeProgram = (url: string, onTestFinished: (close: () => void) => void) => Program;

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What a program in Node does with the plain `.proto` files and `@grpc/grpc-js`. */
export const grpcJs: MakeProgram = (url, onTestFinished) => {
  const files = ['gateway/v1/gateway', 'gateway/v1/queue', 'payment/v1/payment'];
  files.push('reservation/v1/inventory', 'reservation/v1/reservation');
  const definitions = loadSync(
    files.map((file) => `${file}.proto`),
    { includeDirs: [`${root}packages/contracts/proto`], longs: String, enums: String, defaults: true },
  );
  const client = new Client(new URL(url).host, credentials.createInsecure());
  onTestFinished(() => client.close());
  return (service, method, request) => {
    const methods = definitions[service];
    const definition = methods !== undefined && !('format' in methods) ? methods[method] : undefined;
    if (definition === undefined) {
      throw new Error(`the .proto files have no ${service}/${method}`);
    }
    const { path, requestSerialize, responseDeserialize } = definition;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  };
};

const services: readonly DescService[] = [
  GatewayService,
  InventoryService,
  PaymentService,
  QueueService,
  ReservationService,
];

/** What a web page does with `@connectrpc/connect-web`, through fetch. */
function web(transport: Transport): Program {
  return async (service, name, request) => {
    const method = services
      .find(({ typeName }) => typeName === service)
      ?.methods.find((candidate) => candidate.name === name);
    if (method === undefined) {
      throw new Error(`the generated code has no ${service}/${name}`);
    }
    const { message } = await transport.unary(
      method as DescMethodUnary,
      undefined,
      undefined,
      undefined,
      fromJson(method.input, request),
    );
    return toJson(method.output, message, { alwaysEmitImplicit: true });
  };
}

/** gRPC-Web from a web page. */
export const grpcWeb: MakeProgram = (baseUrl) => web(createGrpcWebTransport({ baseUrl }));

/** Connect from a web page. */
export const connect: MakeProgram = (baseUrl) => web(createConnectTransport({ baseUrl }));

const run = promisify(execFile);

/**
 * What a person does at a terminal with `buf curl`.
 *
 * @param schema Where the methods are described, seen from the root of the repository: the `.proto` files, or the
 * image that the contracts' package carries, which is faster.
 */
export function bufCurl(
  protocol: 'grpc' | 'grpcweb' | 'connect',
  schema: 'proto' | 'packages/contracts/gen/descriptor.binpb',
): MakeProgram {
  const http2 = protocol === 'grpc' ? ['--http2-prior-knowledge'] : [];
  return (url) => async (service, method, request) => {
    const { stdout } = await run(
      process.execPath,
      [
        `${root}node_modules/.bin/buf`,
        ...['curl', '--schema', schema, '--protocol', protocol, ...http2, '--emit-defaults'],
        ...['--data', JSON.stringify(request), `${url}/${service}/${method}`],
      ],
      { cwd: root },
    );
    return JSON.parse(stdout);
  };
}
