import { get } from 'node:http';
import { createServer } from 'node:net';
import type { Settings } from '../config/index.ts';
import { type Finding, ok, problem } from './finding.ts';

/**
 * Whether the port is free for a server that does not run.
 *
 * @param runs Whether a server runs on the data: then it has the port, and is asked how it is.
 */
export async function checkPort(settings: Settings, runs: boolean): Promise<Finding> {
  const { host, port, tlsCert } = settings;
  const where = `port ${port} of ${host}`;
  if (port === 0) {
    return ok('port', 'the system chooses one');
  }
  if (runs && tlsCert === '') {
    return ready(host, port);
  }
  const refused = await listenError(host, port);
  if (refused === undefined) {
    return runs
      ? problem(
          'port',
          `nothing listens on ${where}`,
          'the server that has the data',
          'look with the settings it was started with, or at its log',
        )
      : ok('port', `${where} is free`);
  }
  if (runs && refused === 'EADDRINUSE') {
    return ok('port', `something listens on ${where}`);
  }
  // Of a server with other data, or none that it can reach, the status says more than that the port is taken.
  const status =
    refused === 'EADDRINUSE' ? await statusOf(readyUrl(host, port)).catch(() => undefined) : undefined;
  const who =
    status === undefined ? '' : `; what listens there answers ${status} to /readyz, without this data`;
  return problem(
    'port',
    `${where} cannot be had (${refused}${who})`,
    'a free port',
    'stop what listens there, or choose another with --port',
  );
}

/** Milliseconds that a server has to say how it is. */
const PATIENCE_MS = 5_000;

async function ready(host: string, port: number): Promise<Finding> {
  const url = readyUrl(host, port);
  const expected = '200 from /readyz';
  try {
    const status = await statusOf(url);
    return status === 200
      ? ok('port', `${url} answers ${status}`)
      : problem(
          'port',
          `${url} answers ${status}`,
          expected,
          'look at the log of the server, and restart it',
        );
  } catch (error) {
    return problem(
      'port',
      `${url} does not answer (${error instanceof Error ? error.message : error})`,
      expected,
      'give the --host and --port that the server was started with, or look at its log',
    );
  }
}

function readyUrl(host: string, port: number): string {
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${port}/readyz`;
}

/** What a server answers. Not by `fetch`, which refuses some ports whatever listens there. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', reject);
  });
}

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
