import { expect, test } from 'vitest';
import { readDurations, readH2load } from './h2load-output.ts';
import { readWrk } from './wrk-output.ts';

const expected = { answerBytes: 21, atOnce: 400 };

function h2load({ failed = 0, errors = 0, dataBytes = 296_100 } = {}): string {
  return `finished in 2.01s, 6870.00 req/s, 357.29KB/s
requests: 13740 total, 14140 started, 13740 done, ${13_740 - failed} succeeded, ${failed} failed, 0 errored, 0 timeout
status codes: 14100 2xx, 0 3xx, 0 4xx, ${errors} 5xx
traffic: 714.58KB (731731) total, 42.82KB (43851) headers (space savings 95.62%), 289.16KB (${dataBytes}) data
                     min         max         mean         sd        +/- sd
`;
}

function wrk(more = ''): string {
  return `Running 1s test @ http://127.0.0.1:1/library.v1.LibraryService/GetBook
  1 threads and 20 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   325.24us  100.31us   3.27ms   91.43%
    Req/Sec    61.66k     3.96k   64.84k    81.82%
  Latency Distribution
     50%  295.00us
     75%  330.00us
     90%  398.00us
     99%    1.20ms
  67485 requests in 1.10s, 13.32MB read
${more}Requests/sec:  61368.98
Transfer/sec:     12.11MB
`;
}

test('h2load: calls and rate', () => {
  expect(readH2load(h2load(), expected)).toEqual({ calls: 13_740, perSecond: 6870 });
});

test('h2load: the last answers may not be complete yet', () => {
  expect(readH2load(h2load({ dataBytes: 21 * 13_700 }), expected).calls).toBe(13_740);
});

test.each([
  ['failed calls', { failed: 1 }],
  ['other statuses', { errors: 1 }],
  ['answers without a message, as refusals in gRPC are', { dataBytes: 21 * 13_699 }],
  ['answers that are too long', { dataBytes: 22 * 14_100 }],
])('h2load: refuses %s', (_, flaw) => {
  expect(() => readH2load(h2load(flaw), expected)).toThrow(/expected/);
});

test('h2load: quantiles of its log', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `1795267126715286\t200\t${(100 - index) * 1000}\n`);
  expect(readDurations(lines.join(''))).toEqual({ p50Ms: 51, p99Ms: 100 });
});

test('wrk: calls, rate and quantiles in milliseconds', () => {
  expect(readWrk(wrk())).toEqual({ calls: 67_485, perSecond: 61_368.98, p50Ms: 0.295, p99Ms: 1.2 });
});

test.each(['  Non-2xx or 3xx responses: 12\n', '  Socket errors: connect 0, read 1, write 0, timeout 0\n'])(
  'wrk: refuses%s',
  (flaw) => {
    expect(() => readWrk(wrk(flaw))).toThrow(/expected none/);
  },
);
