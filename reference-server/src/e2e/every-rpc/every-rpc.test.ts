import { createFileRegistry, type DescMethod, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import { descriptorSet } from '@traffic-tacos/contracts/descriptor';
import { expect, test } from 'vitest';
import { withToken } from '../serve.ts';
import { beforeAllTests } from '../shared-sale.ts';
import { call } from './call.ts';
import type { Worlds } from './case.ts';
import { cases, mismatches } from './cases.ts';
import { checkAnswers, checkRefused } from './checks.ts';
import { servedServices } from './served.ts';
import { makeStillWorld, makeWorld } from './world.ts';

const started = beforeAllTests(async (cleanUp) => {
  const worlds: Worlds = { ...(await makeWorld(cleanUp)), still: await makeStillWorld(cleanUp) };
  const services = await servedServices(worlds.anonymous.transport);
  const methods = services.flatMap((service) => service.methods);
  return { worlds, services, methods };
});

const nameOf = (method: DescMethod) => `${method.parent.typeName}/${method.name}`;

/** The platform's own methods, by the contracts. */
const contracted = [...createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet()))]
  .filter((type) => type.kind === 'service')
  .flatMap((service) => service.methods);

const table = [...cases].flatMap(([service, { cases: ofService }]) =>
  Object.entries(ofService).map(([name, methodCase]) => ({ service, name, methodCase })),
);

test('every method that is in the contracts or served has a case, and every case has a method', () => {
  const methods = [...contracted, ...started().methods];
  expect(contracted.length).toBeGreaterThan(50);
  expect(
    mismatches(methods.map((method) => ({ service: method.parent.typeName, name: method.localName }))),
  ).toEqual([]);
});

test('what is in the contracts is what is served, beside health and reflection', () => {
  const served = started().methods.map(nameOf);
  expect(served.filter((name) => !name.startsWith('grpc.')).sort()).toEqual(contracted.map(nameOf).sort());
});

test.for(table)('$service/$name', { timeout: 30_000 }, async ({ service, name, methodCase }) => {
  const { worlds, methods } = started();
  const method = methods.find((one) => one.parent.typeName === service && one.localName === name);
  if (method === undefined) {
    throw new Error(`the server does not serve ${service}/${name}`);
  }
  const good = await methodCase.good(worlds);
  const count = good.answers.length;
  const came = await call(good.by.transport, method, good.request, { count, meanwhile: good.meanwhile });
  const [answer] = checkAnswers(came, good.answers);
  await good.afterwards?.(answer as never);

  if (methodCase.bad === undefined) {
    expect(method.input.fields, `a bad request is missing for ${nameOf(method)}`).toEqual([]);
    return;
  }
  const bad = await methodCase.bad(worlds);
  checkRefused(method, await call(bad.by.transport, method, bad.request), bad.refused);
});

test.for(['gRPC', 'gRPC-Web', 'Connect'] as const)(
  'nothing answers UNIMPLEMENTED over %s, whatever it is asked',
  { timeout: 60_000 },
  async (protocol) => {
    const { worlds, methods } = started();
    const { url, admin, service, anonymous } = worlds;
    const callers = [anonymous, await worlds.buyer(), service, admin];
    const transports = callers.map(({ token, transport }) => {
      const options = {
        baseUrl: url,
        httpVersion: '2',
        interceptors: withToken(token === '' ? undefined : token),
      } as const;
      return protocol === 'gRPC'
        ? transport
        : protocol === 'Connect'
          ? createConnectTransport(options)
          : createGrpcWebTransport(options);
    });
    const unanswered: string[] = [];
    for (const method of methods) {
      const came = await Promise.all(transports.map((transport) => call(transport, method, {})));
      const codes = came.map((one) => ('failure' in one ? one.failure.code : undefined));
      if (codes.includes(Code.Unimplemented)) {
        unanswered.push(nameOf(method));
      }
    }
    expect(unanswered).toEqual([]);
  },
);
