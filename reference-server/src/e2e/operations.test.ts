import { chmod, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { deadLetterTable } from '../deliveries/index.ts';
import { outboxTable } from '../events/index.ts';
import { openStore } from '../open-store.ts';
import { put } from '../store/index.ts';
import { audit } from './audit.ts';
import { bought, held } from './booking.ts';
import { childServer, childServerAfter } from './child-server.ts';
import { dataDirectory } from './data-directory.ts';
import { runCli, runCliAfter } from './run-cli.ts';
import { putOnSale, saleOf } from './sale.ts';
import { clientsOf } from './serve.ts';

const SLOW = 300_000;

const PATIENT = ['--no-demo', '--min-deadline-ms', '30000'];

/** A server in a process of its own with one event of 20 seats, one ticket sold and two held. */
async function sellingServer(data: string) {
  const server = await childServer(data, ...PATIENT, '--hold-seconds', '1800');
  const clients = { ...clientsOf(server.url), url: server.url, eventId: 'show', close: server.kill };
  await putOnSale(clients, saleOf({}));
  await bought(clients, { userId: 'ann', seatIds: ['A1'] });
  await held(clients, { userId: 'ben', seatIds: ['A2', 'A3'] });
  await clients.queue.joinQueue({ eventId: 'show', userId: 'cid' });
  return { server, clients };
}

test(
  'events, doctor and backup look at a server that sells; restore waits until it has stopped',
  async () => {
    const [data, elsewhere] = [await dataDirectory(), await dataDirectory()];
    const { server, clients } = await sellingServer(data);
    const port = new URL(server.url).port;

    const events = await runCli('events', '--data', data, '--json');
    expect(events.stderr).toBe('');
    expect(JSON.parse(events.stdout)).toMatchObject({
      id: 'show',
      status: 'ON_SALE',
      total: 20,
      free: 17,
      held: 2,
      sold: 1,
      blocked: 0,
    });
    const table = await runCli('events', 'show', '--data', data);
    expect(table.stdout.split('\n')[0]?.split(/ +/)).toEqual([
      ...['id', 'status', 'total', 'free', 'held', 'sold', 'blocked', 'waiting', 'active', 'admitted'],
    ]);
    expect(table.stdout.split('\n')[1]?.split(/ +/).slice(0, 7)).toEqual([
      'show',
      'ON_SALE',
      '20',
      '17',
      '2',
      '1',
      '0',
    ]);
    const unknown = await runCli('events', 'shows', '--data', data);
    expect([unknown.code, unknown.stderr]).toEqual([1, 'there is no event shows; there is show\n']);

    const well = await runCli('doctor', '--data', data, '--port', port, '--json');
    const findings = well.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings.filter(({ state }) => state === 'problem')).toEqual([]);
    expect(well.code).toBe(0);
    expect(findings.map(({ check }) => check)).toEqual([
      ...['settings', 'data folder', 'owner', 'disk', 'write-ahead log', 'format', 'integrity'],
      ...['seats and holds', 'areas and holds', 'holds and their seats'],
      ...['holds and reservations', 'reservations and payments'],
      ...['events to deliver', 'timers', 'port'],
    ]);
    expect(findings.find(({ check }) => check === 'owner').found).toMatch(/^in use by process \d+$/);
    expect(findings.at(-1).found).toBe(`http://127.0.0.1:${port}/readyz answers 200`);

    const to = join(elsewhere, 'backup');
    const backup = await runCli('backup', to, '--data', data);
    expect([backup.code, backup.stdout]).toEqual([
      0,
      expect.stringMatching(/^.*backup: \d+\.\d MB, checked\n$/),
    ]);
    expect(backup.stderr).toContain('copied 100 %\n');
    const again = await runCli('backup', to, '--data', data);
    expect([again.code, again.stderr]).toEqual([
      1,
      `${to} exists already: a backup overwrites nothing, give it a name that is free\n`,
    ]);

    const second = await runCli('serve', '--port', '0', '--data', data);
    expect([second.code, second.stdout]).toEqual([1, '']);
    expect(second.stderr).toMatch(
      /^data folder .* is in use by process \d+: stop that one or choose another folder\n$/,
    );
    const early = await runCli('restore', to, '--data', data);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('is in use by process')]);

    await bought(clients, { userId: 'dan', seatIds: ['B1'] });
    expect(await server.stop()).toBe(0);
    const restored = await runCli('restore', to, '--data', data);
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.stdout).toContain(`restored from ${to}; what was there is in ${data}/before-restore-`);
    const back = await runCli('events', '--data', data, '--json');
    expect(JSON.parse(back.stdout)).toMatchObject({ sold: 1, free: 17 });
  },
  SLOW,
);

test(
  'doctor says what it found, what is expected and what to do, and ends with 1',
  async () => {
    const data = await dataDirectory();
    await chmod(data, 0o755);
    const store = await openStore({ memory: false, data }, Date.now);
    await store.close();
    // A ticket that nobody has bought: the seat is sold for a reservation without a hold.
    const db = new DatabaseSync(join(data, 'store.db'));
    db.prepare(
      'INSERT INTO t_seat (key, version, value, "by_event.partition", "by_event.sort") VALUES (?, 1, ?, ?, ?)',
    ).run(
      'show/A1',
      JSON.stringify({ eventId: 'show', seatId: 'A1', reservationId: 'rsv_1', sold: true, expiresAt: 0 }),
      'show',
      'A1',
    );
    db.close();
    const { code, stdout } = await runCli('doctor', '--data', data, '--port', '0');
    expect(code).toBe(1);
    expect(stdout).toContain(
      `problem data folder: ${data} can be entered by other users (mode 755)\n        expected: mode 700: buyers and secrets are in it\n        to do: chmod 700 ${data}\n`,
    );
    expect(stdout).toContain(
      'problem seats and holds: seat show/A1 is sold for rsv_1, whose hold is unknown\n',
    );
    expect(stdout).toContain('ok      integrity: every page and index is whole\n');
    expect(stdout).toContain('ok      owner: no server runs on it\n');
  },
  SLOW,
);

test(
  'doctor finds settings that contradict one another, a damaged file, and a port that is taken',
  async () => {
    const contradiction = await runCli('doctor', '--profile', 'strict', '--memory');
    expect(contradiction.code).toBe(1);
    expect(contradiction.stdout).toContain('problem settings: --auth-issuer (AUTH_ISSUER) is missing');

    const data = await dataDirectory();
    const server = await childServer(data);
    const port = new URL(server.url).port;
    const taken = await runCli('doctor', '--memory', '--port', port);
    expect([taken.code, taken.stdout]).toEqual([
      1,
      expect.stringContaining(
        `problem port: port ${port} of 127.0.0.1 cannot be had (EADDRINUSE; what listens there answers 200 to /readyz, without this data)\n`,
      ),
    ]);
    expect(await server.stop()).toBe(0);
    const file = await open(join(data, 'store.db'), 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(4096, 0xa5), 0, undefined, size - 4096);
    await file.close();
    const damaged = await runCli('doctor', '--data', data, '--port', '0');
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(
      /problem integrity: .*\n {8}expected: a database that is whole\n {8}to do: stop the server and restore a backup\n/,
    );
  },
  SLOW,
);

test(
  'a server on a full disk refuses, ends with the reason, and has all that it acknowledged after that',
  async () => {
    const data = await dataDirectory();
    // A limit on the size of files stands for the full disk; blocks of 512 bytes.
    const server = await childServerAfter('ulimit -f 4000;', data, '--no-demo', '--min-deadline-ms', '30000');
    const clients = { ...clientsOf(server.url), eventId: 'show' };
    await putOnSale(clients, saleOf({ rows: 20, seatsPerRow: 100 }));
    const acknowledged = new Map<string, string>();
    let refusal: unknown;
    for (let next = 0; refusal === undefined; next++) {
      const seatId = `${String.fromCharCode(65 + (next % 20))}${1 + Math.floor(next / 20)}`;
      try {
        const reservationId = await held(clients, { userId: `buyer-${next}`, seatIds: [seatId] });
        acknowledged.set(reservationId, seatId);
      } catch (error) {
        refusal = error;
      }
    }
    expect(String(refusal)).toMatch(/\[unavailable\] the data cannot be reached/);
    expect(acknowledged.size).toBeGreaterThan(10);
    expect(await server.ended()).toBe(1);
    const lines = server.log().map((line) => JSON.parse(line));
    const fatal = lines.filter(({ level }) => level === 'fatal');
    expect(fatal).toMatchObject([{ msg: 'the store has failed; the server ends' }]);
    expect(fatal[0].reason.startsWith(`the store in ${data} has failed: `)).toBe(true);
    expect(fatal[0].reason).toMatch(/ What was acknowledged is kept; repair the cause and start again$/);
    // It looks less often for what it cannot read.
    expect(lines.filter(({ msg }) => /could not read what is due/.test(msg)).length).toBeLessThan(10);

    // Where there is no room from the beginning, a start says so, and so does seed.
    const early = await runCliAfter('ulimit -f 100;', 'serve', '--port', '0', '--data', data);
    const seeding = await runCliAfter('ulimit -f 100;', 'seed', '--data', data);
    for (const { code, stderr } of [early, seeding]) {
      expect([code, stderr]).toEqual([1, expect.stringContaining(data)]);
      expect(stderr).toMatch(/^(the store in|data folder) \S+ (has failed|cannot be used): .*\n$/);
    }

    const store = await openStore({ memory: false, data }, Date.now);
    const { reservations, violations } = await audit(store, Date.now(), 10);
    await store.close();
    expect([...acknowledged].filter(([id, seatId]) => reservations.get(id)?.seats[0]?.id !== seatId)).toEqual(
      [],
    );
    expect(violations.filter((line) => !line.includes('was not delivered'))).toEqual([]);
    const after = await childServer(data, '--no-demo');
    expect((await fetch(`${after.url}/readyz`)).status).toBe(200);
  },
  SLOW,
);

test(
  'a backup that does not fit leaves nothing, and disturbs nobody',
  async () => {
    const [data, elsewhere] = [await dataDirectory(), await dataDirectory()];
    const server = await childServer(data);
    await mkdir(join(elsewhere, 'small'));
    const refused = await runCliAfter(
      'ulimit -f 100;',
      'backup',
      join(elsewhere, 'small', 'b'),
      '--data',
      data,
    );
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/no backup was made in .*; make room, or choose another folder\n$/),
    ]);
    expect(await readdir(join(elsewhere, 'small'))).toEqual([]);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  },
  SLOW,
);

test(
  'replay lists what was given up beside a server, and has it tried again once that is stopped',
  async () => {
    const data = await dataDirectory();
    const store = await openStore({ memory: false, data }, Date.now);
    const event = {
      id: 'rsv_1/1',
      name: 'reservation.created',
      at: 0,
      eventId: 'show',
      sequence: 1,
    } as const;
    const letter = {
      id: 'outbox/rsv_1/1/0',
      source: 'outbox',
      key: 'rsv_1/1',
      name: 'reservation.created',
      subject: 'rsv_1',
      attempts: 12,
      error: 'nobody there',
      diedAt: Date.UTC(2026, 0, 2),
      work: { event, attempts: 12, dueAt: 0 },
    };
    await store.transact([put(deadLetterTable, letter.id, letter)]);
    await store.close();

    const server = await childServer(data, ...PATIENT);
    const listed = await runCli('replay', '--data', data);
    expect([listed.code, listed.stdout]).toEqual([
      0,
      'outbox/rsv_1/1/0  reservation.created of rsv_1, given up 2026-01-02T00:00:00.000Z after 12 tries: nobody there\n',
    ]);
    const early = await runCli('replay', '--all', '--data', data);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('is in use by process')]);
    expect(await server.stop()).toBe(0);

    const unknown = await runCli('replay', 'outbox/none', '--data', data);
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      'there is no dead letter outbox/none: expected ids as `replay` lists them\n',
    ]);
    const replayed = await runCli('replay', letter.id, '--data', data);
    expect([replayed.code, replayed.stdout]).toEqual([
      0,
      `${data}: 1 to be tried again when the server starts\n`,
    ]);
    const nothing = await runCli('replay', '--data', data);
    expect([nothing.code, nothing.stdout]).toEqual([0, `${data}: nothing was given up\n`]);
    expect((await runCli('replay', '--json', '--data', data)).stdout).toBe('');
    const after = await openStore({ memory: false, data }, Date.now);
    expect(await after.get(deadLetterTable, letter.id)).toBeUndefined();
    expect((await after.get(outboxTable, letter.key))?.value).toMatchObject({ event, attempts: 0 });
    await after.close();
  },
  SLOW,
);
