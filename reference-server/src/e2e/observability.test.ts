import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bought, held } from './booking.ts';
import { dataDirectory } from './data-directory.ts';
import { askedBy } from './promql.ts';
import { read } from './reader.ts';
import { putOnSale, saleOf } from './sale.ts';
import { serve } from './serve.ts';

const deploy = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url)), 'utf8');

/** Labels that whoever scrapes adds. */
const TARGET = ['job', 'instance'];

/** Labels of every metric that is shown, with their values. */
type Shown = Map<string, Map<string, Set<string>>>;

function shownBy(exposition: string): Shown {
  const shown: Shown = new Map();
  for (const line of exposition.split('\n')) {
    const [, name, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name !== undefined) {
      const known = shown.get(name) ?? new Map<string, Set<string>>();
      shown.set(name, known);
      for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
        known.set(label, (known.get(label) ?? new Set()).add(value));
      }
    }
  }
  return shown;
}

/** What an expression asks for that nobody shows. */
function missing(expression: string, shown: Shown): string[] {
  const { selectors, grouping } = askedBy(expression);
  const labelled = selectors.map(({ metric }) => shown.get(metric));
  return [
    ...selectors.flatMap(({ metric, labels }) => {
      const known = shown.get(metric);
      if (known === undefined) {
        return [`${metric} is not shown`];
      }
      return [...labels].flatMap(([label, values]) => {
        if (TARGET.includes(label)) {
          return [];
        }
        const has = known.get(label);
        return has === undefined
          ? [`${metric} has no label ${label}`]
          : CLOSED.has(label)
            ? values.filter((value) => !has.has(value)).map((value) => `no ${metric} has ${label}="${value}"`)
            : [];
      });
    }),
    ...grouping
      .filter((label) => !TARGET.includes(label) && !labelled.some((known) => known?.has(label)))
      .map((label) => `nothing has a label ${label} to group by`),
  ];
}

/** Labels whose values are all shown from the start; those of status codes come with the first call that has one. */
const CLOSED = new Set(['outcome', 'status', 'state', 'file', 'service', 'type', 'origin']);

interface Rule {
  readonly kind: 'record' | 'alert';
  readonly name: string;
  readonly expr: string;
  readonly text: string;
}

/** The rules of a file that has one key a line. */
function rulesOf(file: string): Rule[] {
  return file
    .split(/^ {6}- (?=record:|alert:)/m)
    .slice(1)
    .map((text) => {
      const [, kind, name] = /^(record|alert): (\S+)$/m.exec(text) ?? [];
      const [, expr] = /^ {8}expr: (.+)$/m.exec(text) ?? [];
      return { kind: kind as Rule['kind'], name: name ?? '', expr: expr ?? '', text };
    });
}

async function underLoad(): Promise<Shown> {
  // Time stands still, so that nobody's rate recovers.
  const now = Date.now();
  const data = await dataDirectory();
  const server = await serve({ clock: () => now, settings: { memory: false, data, rateLimits: 'on' } });
  await putOnSale(server, saleOf({ rows: 5, seatsPerRow: 20 }));
  const { waitingToken } = await server.queue.joinQueue({ eventId: 'show', userId: 'ann' });
  await Promise.all(
    Array.from({ length: 12 }, (_, buyer) =>
      bought(server, { userId: `buyer-${buyer}`, seatIds: [`${'ABCDE'[buyer % 5]}${1 + buyer}`] }),
    ),
  );
  const map = read((signal) => server.inventory.watchSeats({ eventId: 'show' }, { signal }));
  await map.next();
  await map.stop();
  // A refusal of the business, and one for what cannot be right.
  await expect(held(server, { userId: 'late', seatIds: ['A1'] })).rejects.toThrow('refused');
  await expect(server.reservations.createReservation({ quantity: 77 })).rejects.toThrow();
  const asked = await Promise.allSettled(
    Array.from({ length: 300 }, () => server.queue.getQueueStatus({ waitingToken })),
  );
  expect(asked.some(({ status }) => status === 'rejected')).toBe(true);
  const figures = async () => {
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.status).toBe(200);
    return answer.text();
  };
  // That its reader has left is known a moment later.
  await expect.poll(figures).toContain('grpc_stream_duration_seconds_count{');
  return shownBy(await figures());
}

test('rules and dashboard ask for nothing but what a server under load shows', async () => {
  const shown = await underLoad();
  // A stream that was open for long must not look like a slow call.
  const methods = (metric: string) => shown.get(`${metric}_bucket`)?.get('method');
  expect(methods('grpc_call_duration_seconds')).toContain('ReserveSeat');
  expect(methods('grpc_call_duration_seconds')).not.toContain('WatchSeats');
  expect(methods('grpc_stream_duration_seconds')).toEqual(new Set(['WatchSeats']));
  const rules = rulesOf(deploy('prometheus/rules.yml'));
  expect(rules.filter(({ kind }) => kind === 'record').length).toBeGreaterThan(5);
  expect(rules.filter(({ kind }) => kind === 'alert').length).toBeGreaterThan(9);
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  shown.set('up', new Map());
  for (const { kind, name, expr, text } of rules) {
    expect(missing(expr, shown), `${name}: ${expr}`).toEqual([]);
    if (kind === 'record') {
      const all = askedBy(expr).selectors.map(({ metric }) => shown.get(metric));
      const kept = askedBy(expr).grouping.filter((label) => label !== 'le');
      shown.set(
        name,
        new Map(kept.map((label) => [label, new Set(all.flatMap((of) => [...(of?.get(label) ?? [])]))])),
      );
    } else {
      expect(text, name).toMatch(/severity: (page|ticket)\n/);
      expect(text, name).toMatch(/summary: \S.*\n {10}action: \S/);
    }
  }

  const dashboard = JSON.parse(deploy('grafana/traffic-tacos.json'));
  const fields = new Set<string>();
  expect(dashboard.panels.length).toBeGreaterThan(15);
  expect(new Set(dashboard.panels.map(({ id }: { id: number }) => id)).size).toBe(dashboard.panels.length);
  for (const { title, gridPos, targets } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(fields.has(`${x}/${y}`), `${title} lies on another panel`).toBe(false);
        fields.add(`${x}/${y}`);
      }
    }
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (const { expr, legendFormat } of targets) {
      const plain = expr.replaceAll('$__rate_interval', '1m');
      expect(missing(plain, shown), `${title}: ${expr}`).toEqual([]);
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      const { grouping, selectors } = askedBy(plain);
      const has = grouping.length > 0 ? grouping : [...(shown.get(selectors[0]?.metric ?? '')?.keys() ?? [])];
      expect(
        labels.filter((label) => !has.includes(label)),
        `${title}: ${legendFormat}`,
      ).toEqual([]);
    }
  }
  expect(shown.get('queue_waiting')?.get('event_id')).toEqual(new Set(['show']));
}, 120_000);

test.each([
  ['sum(rate(grpc_calls_totals[1m]))', ['grpc_calls_totals is not shown']],
  ['grpc_calls_total{verb="GET"}', ['grpc_calls_total has no label verb']],
  ['store_transactions_total{outcome="lost"}', ['no store_transactions_total has outcome="lost"']],
  ['sum by (verb) (grpc_calls_total)', ['nothing has a label verb to group by']],
  ['sum(grpc_calls_total{job="a",code=~"OK|INTERNAL"}) / 2 > 1e3', []],
])('the reader of expressions finds what is wrong with %s', (expression, found) => {
  const shown: Shown = new Map([
    ['grpc_calls_total', new Map([['code', new Set(['OK'])]])],
    ['store_transactions_total', new Map([['outcome', new Set(['committed'])]])],
  ]);
  expect(missing(expression, shown)).toEqual(found);
});

test.each(['sum(rate(a[1m])', 'rates(a[1m])', 'a{b="c"', 'a{b>"c"}', 'a)', 'a ~ b', '{b="c"}'])(
  'the reader of expressions refuses %s',
  (expression) => {
    expect(() => askedBy(expression)).toThrow(expression);
  },
);
