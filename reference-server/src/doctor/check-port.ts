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
  return runs && refused === 'EADDRINUSE'
    ? ok('port', `something listens on ${where}`)
    : problem(
        'port',
        `${where} cannot be had (${refused})`,
        'a free port',
        'stop what listens there, or choose another with --port',
      );
}

/** Milliseconds that a server has to say how it is. */
const PATIENCE_MS = 5_000;

async function ready(host: string, port: number): Promise<Finding> {
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  const url = `http://${reachable}:${port}/readyz`;
  const expected = '200 from /readyz';
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return status === 200
      ? ok('port', `${url} answers ${status}`)
      : problem(
          'port',
          `${url} answers ${status}`,
          expected,
          'look at the log of the server, and restart it',
        );
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    return problem(
      'port',
      `${url} does not answer (${why})`,
      expected,
      'give the --host and --port that the server was started with, or look at its log',
    );
  }
}

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
