import {
  createFileRegistry,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  fromJson,
  type Message,
  toJsonString,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { type Error as ContractError, ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { descriptorSet } from '@traffic-tacos/contracts/descriptor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from '../testing/index.ts';
import { callers, type Fixture, table, type Verdict, WEBHOOK_SECRET } from './authorization-table.ts';
import { startIssuer } from './issuer.ts';
import { saleOf } from './sale.ts';
import { type CleanUp, clientsOf, grpcOf, patience } from './serve.ts';

/** The owner's user id, which no answer to others has in it. */
const OWNER = 'user-5c1e';

type CallerName = (typeof callers)[number];

const closing: (() => void | Promise<void>)[] = [];
const cleanUp: CleanUp = (close) => void closing.unshift(close);

let fixture: Fixture;
let transports: Readonly<Record<CallerName, Transport>>;
/** What another user must not change: the owner's reservation and payment, as an admin sees them. */
let state: () => Promise<unknown>;

beforeAll(async () => {
  const issuer = await startIssuer(cleanUp);
  const server = await startTestServer({
    settings: {
      ...patience,
      ...issuer.settings,
      profile: 'strict',
      demo: false,
      rateLimits: 'off',
      holdSeconds: 1800,
      paymentWebhookSecrets: [WEBHOOK_SECRET],
    },
  });
  cleanUp(() => server.close({ graceMs: 0 }));
  const tokens: Readonly<Record<CallerName, string | undefined>> = {
    owner: await issuer.token({ sub: OWNER }),
    'another user': await issuer.token({ sub: 'another' }),
    anonymous: undefined,
    service: await issuer.token({ sub: 'partner', roles: ['service'] }),
    admin: await issuer.token({ sub: 'operator', roles: ['admin'] }),
  };
  const by = (name: CallerName) => grpcOf(server.url, cleanUp, tokens[name]);
  transports = {
    owner: by('owner'),
    'another user': by('another user'),
    anonymous: by('anonymous'),
    service: by('service'),
    admin: by('admin'),
  };

  const admin = clientsOf(server.url, cleanUp, tokens.admin);
  const owner = clientsOf(server.url, cleanUp, tokens.owner);
  const key = () => ({ idempotencyKey: crypto.randomUUID() });
  const eventId = 'show';
  await admin.catalog.createEvent({ event: saleOf({}), ...key() });
  const { waitingToken } = await owner.queue.joinQueue({ eventId, ...key() });
  const loose = await clientsOf(server.url, cleanUp).queue.joinQueue({ eventId, ...key() });
  const { reservationToken } = await owner.queue.requestAdmission({ waitingToken, ...key() });
  const { reservationId, error } = await owner.reservations.createReservation({
    eventId,
    seatIds: ['A1'],
    reservationToken,
    ...key(),
  });
  expect(error).toBeUndefined();
  const { paymentIntentId } = await owner.payments.createPaymentIntent({ reservationId, ...key() });
  expect(paymentIntentId).not.toBe('');
  fixture = {
    owner: OWNER,
    eventId,
    reservationId,
    paymentIntentId,
    waitingToken,
    looseToken: loose.waitingToken,
  };
  state = async () => ({
    reservation: (await admin.reservations.getReservation({ reservationId })).reservation,
    payment: (await admin.payments.getPaymentStatus({ paymentIntentId })).payment,
  });
}, 60_000);

afterAll(async () => {
  for (const close of closing) {
    await close();
  }
});

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet()));

/** Every method of the platform, by name. */
const methods: ReadonlyMap<string, DescMethod> = new Map(
  [...registry]
    .filter((type) => type.kind === 'service')
    .flatMap((service) => service.methods.map((method) => [`${service.typeName}/${method.name}`, method])),
);

test('SECURITY 6: every method has a row', () => {
  expect(new Set(table.map(([name]) => name))).toEqual(new Set(methods.keys()));
});

test.for(table.map(([name, request, verdicts], row) => ({ name, request, verdicts, row })))(
  'SECURITY 6, 8: $name (row $row)',
  async ({ name, request, verdicts }) => {
    const method = methods.get(name);
    if (method === undefined) {
      throw new Error(`there is no method ${name}`);
    }
    const ask = async (caller: CallerName): Promise<Verdict> => {
      const answer = answerOf(transports[caller], method, fromJson(method.input, request(fixture)));
      return verdictOf(
        answer.then((message) => {
          if (caller === 'another user' || caller === 'anonymous') {
            const shown = message === undefined ? '' : toJsonString(method.output, message, { registry });
            expect(shown).not.toContain(fixture.owner);
          }
          return message;
        }),
      );
    };

    // Those who may not come first: what they are refused has no effect.
    const before = await state();
    const found: Partial<Record<CallerName, Verdict>> = {
      anonymous: await ask('anonymous'),
      'another user': await ask('another user'),
    };
    expect(await state()).toEqual(before);
    for (const caller of ['service', 'admin', 'owner'] as const) {
      found[caller] = await ask(caller);
    }
    const expected = callers.map((caller, column) => [caller, verdicts[column]]);
    expect(found).toEqual(Object.fromEntries(expected));
  },
);

/** Calls a method. @returns the answer, or the first message of a stream. */
async function answerOf(
  transport: Transport,
  method: DescMethod,
  request: Message,
): Promise<Message | undefined> {
  if (method.methodKind === 'unary') {
    const unary: DescMethodUnary = method as DescMethodUnary;
    return (await transport.unary(unary, undefined, undefined, undefined, request)).message;
  }
  const stop = new AbortController();
  const requests = (async function* () {
    yield request;
  })();
  const streaming: DescMethodStreaming = method as DescMethodStreaming;
  const { message } = await transport.stream(streaming, stop.signal, undefined, undefined, requests);
  try {
    for await (const first of message) {
      return first;
    }
    return undefined;
  } finally {
    stop.abort();
  }
}

async function verdictOf(answer: Promise<Message | undefined>): Promise<Verdict> {
  try {
    const { error } = ((await answer) ?? {}) as { readonly error?: ContractError };
    return error?.code === ErrorCode.NOT_FOUND ? 'NOT_FOUND' : 'admitted';
  } catch (reason) {
    switch (ConnectError.from(reason).code) {
      case Code.Unauthenticated:
        return 'UNAUTHENTICATED';
      case Code.PermissionDenied:
        return 'PERMISSION_DENIED';
      case Code.NotFound:
        return 'NOT_FOUND';
      // The request was let in, and is refused for what it asks for.
      case Code.InvalidArgument:
      case Code.FailedPrecondition:
        return 'admitted';
      default:
        throw reason;
    }
  }
}
