import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { recordingLogger } from '../testdata/serve.ts';
import type { AccessLogOption } from './access-log.ts';
import type { LoggedCall } from './call-log.ts';
import { createCallLog, createLogger, serverLog } from './index.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const { lendBook, getBook } = LibraryService.method;

function call(
  logger: Logger,
  traceId = TRACE,
  method: typeof lendBook | typeof getBook = lendBook,
): LoggedCall {
  const name = `${LibraryService.typeName}/${method.name}`;
  const plan = { service: LibraryService, method, name, described: method.input } as Partial<
    LoggedCall['plan']
  > as LoggedCall['plan'];
  return { plan, traceId, caller: { kind: 'user' }, exchange: { caller: undefined }, log: logger };
}

/** A logger of our own, and what it has written. */
function ownLogger(
  level = 'info',
  name?: string,
  tail?: (line: string) => void,
): { logger: Logger; text: () => Promise<string> } {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const fd = openSync(join(folder, 'log'), 'w');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  const logger = createLogger({ level, fd, name, tail });
  const text = async (): Promise<string> => {
    await new Promise((resolve) => logger.flush(resolve));
    return readFileSync(join(folder, 'log'), 'utf8');
  };
  return { logger, text };
}

async function linesOf(text: () => Promise<string>): Promise<Record<string, unknown>[]> {
  return (await text())
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const refused = (message: string, code: Code, cause?: unknown) => ({
  error: new ConnectError(message, code),
  name: 'THE_CODE',
  cause,
  isOfLoad: false,
});

test('a call is one line of JSON, in the fields’ order', async () => {
  const { logger, text } = ownLogger();
  createCallLog({ logger }).answered(call(logger), 'OK', 12.3456);

  expect(await text()).toMatch(
    /^\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info","service":"library\.v1\.LibraryService","trace_id":"0af7651916cd43dd8448eb211c80319c","msg":"call","method":"LendBook","caller":"user","code":"OK","latency_ms":12\.346\}\n$/,
  );
});

test('our own logger and the user’s say the same', async () => {
  const own = ownLogger('debug', 'shop');
  const theirs = recordingLogger('debug');
  const theirLogger = theirs.logger.child({ name: 'shop' });
  for (const logger of [own.logger, theirLogger]) {
    const log = createCallLog({ logger });
    log.answered(call(logger), 'OK', 1.25);
    log.answered(call(logger), 'ALL_LENT', 1.25);
    log.answered({ ...call(logger), exchange: { caller: {} } }, 'OK', 1.25);
    log.failed(call(logger), refused('"no"\n\u0001', Code.InvalidArgument), 1.25);
    log.failed(call(logger), refused('late', Code.DeadlineExceeded), 1.25);
    log.failed(call(logger), refused('broken', Code.Internal, new Error('why')), 1.25);
    log.failed(call(logger), refused('no', Code.NotFound, new Error('why')), 1.25);
  }
  const levels: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };
  const lines = (await linesOf(own.text)).map(({ ts, ...line }) => {
    expect(ts).toMatch(/Z$/);
    return line;
  });

  expect(lines.map(({ level }) => level)).toEqual(['info', 'info', 'debug', 'info', 'warn', 'error', 'warn']);
  expect(lines).toEqual(
    theirs.lines.map(({ time, pid, hostname, level, err, ...line }) => ({
      ...line,
      level: levels[level as number],
      ...(err === undefined ? {} : { err: expect.objectContaining({ message: 'why' }) }),
    })),
  );
});

test('what the logger’s level excludes is not written', async () => {
  const { logger, text } = ownLogger('warn');
  const log = createCallLog({ logger });
  log.answered(call(logger), 'OK', 1);
  log.failed(call(logger), refused('no', Code.InvalidArgument), 1);
  log.failed(call(logger), refused('late', Code.DeadlineExceeded), 1);
  logger.level = 'info';
  log.answered(call(logger), 'OK', 1);

  expect((await linesOf(text)).map(({ level }) => level)).toEqual(['warn', 'info']);
});

test('of calls refused because there are too many, one line a second by method and code says how many', async () => {
  const own = ownLogger();
  const theirs = recordingLogger();
  for (const logger of [own.logger, theirs.logger]) {
    let now = 0;
    const log = createCallLog({ logger, now: () => now });
    const shed = { ...refused('overloaded', Code.Unavailable), isOfLoad: true };
    const tooOften = {
      ...refused('too often', Code.ResourceExhausted),
      name: 'RATE_LIMITED',
      isOfLoad: true,
    };
    const [lending, looking] = [call(logger), call(logger, TRACE, getBook)];
    for (; now < 3000; now += 10) {
      log.failed(lending, shed, 1);
      log.failed(lending, tooOften, 1);
      log.failed(looking, shed, 1);
    }
    log.failed(lending, refused('no', Code.Unavailable), 1);
    log.failed(lending, refused('no', Code.Unavailable), 1);
  }
  const lines = await linesOf(own.text);
  const counts = (found: readonly Record<string, unknown>[], method: string, code: string) =>
    found.filter((line) => line.method === method && line.code === code).map((line) => line.left_out);

  for (const found of [lines, theirs.lines]) {
    expect(counts(found, 'LendBook', 'RATE_LIMITED')).toEqual([undefined, 99, 99]);
    expect(counts(found, 'GetBook', 'THE_CODE')).toEqual([undefined, 99, 99]);
    expect(counts(found, 'LendBook', 'THE_CODE')).toEqual([undefined, 99, 99, undefined, undefined]);
  }
  expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(8);
});

/** Ids whose random part is spread evenly. */
const traces = Array.from(
  { length: 1000 },
  (_, number) =>
    `0123456789abcdef00${Math.floor((number / 1000) * 2 ** 56)
      .toString(16)
      .padStart(14, '0')}`,
);

async function shown(accessLog: AccessLogOption, method: typeof lendBook | typeof getBook = lendBook) {
  const { logger, text } = ownLogger();
  const log = createCallLog({ logger, accessLog });
  for (const traceId of traces) {
    log.answered(call(logger, traceId, method), 'OK', 1);
    log.answered(call(logger, traceId, method), 'ALL_LENT', 1);
    log.failed(call(logger, traceId, method), refused('no', Code.InvalidArgument), 1);
  }
  const lines = await linesOf(text);
  const ids = (code: string) => lines.filter((line) => line.code === code).map((line) => line.trace_id);
  expect(ids('ALL_LENT')).toEqual(traces);
  expect(ids('THE_CODE')).toEqual(traces);
  return ids('OK');
}

test('a share of the calls that went well is shown, and every other call', async () => {
  expect(await shown('all')).toHaveLength(1000);
  expect(await shown('failures')).toHaveLength(0);
  const [tenth, half] = [await shown(0.1), await shown(0.5)];

  expect(tenth).toHaveLength(100);
  expect(half).toHaveLength(500);
  // Whoever shows more shows the same ones, too.
  expect(half).toEqual(expect.arrayContaining(tenth));
});

test('the share may differ by method', async () => {
  const byMethod: AccessLogOption = ({ name }) => (name === 'GetBook' ? 0.25 : 'all');

  expect(await shown(byMethod, getBook)).toHaveLength(250);
  expect(await shown(byMethod, lendBook)).toHaveLength(1000);
});

test.each([1.5, -0.1, Number.NaN, 'some' as 'all'])('a share that is none is refused: %s', (accessLog) => {
  const { logger } = recordingLogger();

  expect(() => createCallLog({ logger, accessLog }).answered(call(logger), 'OK', 1)).toThrow(
    /accessLog is .* for library\.v1\.LibraryService\/LendBook; expected all, failures, or a number from 0 to 1/,
  );
});

test('SECURITY 33: neither reasons nor exceptions show credentials', async () => {
  const { logger, text } = ownLogger();
  const log = createCallLog({ logger });
  const secret = 'Bearer abcdefghijklmnop';
  log.failed(call(logger), refused(`cannot use ${secret}`, Code.Unauthenticated), 1);
  const metadata = { authorization: secret };
  const cause = new ConnectError(`cannot use ${secret}`, Code.Internal, metadata);
  log.failed(call(logger), refused('broken', Code.Internal, cause), 1);
  logger.error({ err: cause }, 'a line of the application');
  const lines = await linesOf(text);

  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines)).not.toContain('abcdefghijklmnop');
  expect(lines[1]).toMatchObject({
    level: 'error',
    err: { message: '[internal] cannot use Bearer [secret]' },
  });
});

test('lines about the server itself name the server', async () => {
  const { logger, text } = ownLogger();
  serverLog(logger, 'shop').info('the port is open');
  serverLog(logger, undefined).info('the port is open');

  expect(await linesOf(text)).toEqual([
    { level: 'info', ts: expect.any(String), service: 'shop', msg: 'the port is open' },
    { level: 'info', ts: expect.any(String), service: 'server', msg: 'the port is open' },
  ]);
});

test('the tail is handed every line that is written, and no other', async () => {
  const tail: string[] = [];
  const { logger, text } = ownLogger('info', 'shop', (line) => tail.push(line));
  const log = createCallLog({ logger });
  log.answered(call(logger), 'OK', 1);
  log.answered({ ...call(logger), exchange: { caller: {} } }, 'OK', 1);
  logger.debug('not written');
  logger.warn({ seat: 'A1' }, 'a line of the application');
  logger.child({ part: 'till' }).info('a line of a child');

  expect(tail).toHaveLength(3);
  expect(tail.join('')).toBe(await text());
});
