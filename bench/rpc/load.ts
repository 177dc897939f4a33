import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { have } from '../lib/have.ts';
import { answer, framed, path, request } from './contract.ts';
import { readDurations, readH2load } from './h2load-output.ts';
import { LOAD_CORE, pinned } from './server-process.ts';
import type { Protocol, Shape } from './shapes.ts';
import { readWrk } from './wrk-output.ts';

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;

/** How many calls were made. */
export interface Count {
  readonly calls: number;
  readonly perSecond: number;
}

/** How long they took. */
export interface Durations {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one run of a load generator saw. */
export interface Load extends Count, Durations {}

/** Where load is put. */
export interface Target {
  readonly port: number;
  readonly token: string | undefined;
  readonly shape: Shape;
}

/** A load generator. */
export interface LoadGenerator {
  /** The command that it needs, and where Debian has it. */
  readonly command: string;
  readonly package: string;
  /** @throws Error when a single call went wrong */
  put(target: Target, seconds: number): Promise<Load>;
}

/** One for each protocol. */
export const generators: Readonly<Record<Protocol, LoadGenerator>> = {
  grpc: { command: 'h2load', package: 'nghttp2-client', put: putGrpc },
  connect: { command: 'wrk', package: 'wrk', put: putConnect },
};

/** Whether a generator is on this machine; says so where it is not. */
export function isThere({ command, package: name }: LoadGenerator): boolean {
  const found = have(command);
  if (!found) {
    console.log(`${command} was not found: its part is skipped (Debian has it in the package ${name}).`);
  }
  return found;
}

const folder = mkdtempSync(join(tmpdir(), 'bench-rpc-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

async function putGrpc(target: Target, seconds: number): Promise<Load> {
  const log = join(folder, 'h2load.log');
  rmSync(log, { force: true });
  const count = await h2load(target, ['-D', `${seconds}`, `--log-file=${log}`]);
  return { ...count, ...readDurations(readFileSync(log, 'utf8')) };
}

/** Makes as many gRPC calls. @throws Error when a single one went wrong */
export async function putCalls(target: Target, calls: number): Promise<Count> {
  return h2load(target, ['-n', `${calls}`]);
}

async function h2load({ port, token, shape }: Target, flags: readonly string[]): Promise<Count> {
  const { connections, streams, isTls } = shape;
  const body = join(folder, 'request.grpc');
  writeFileSync(body, framed(request));
  const headers = ['content-type: application/grpc', 'te: trailers', ...authorization(token)];
  const { stdout } = await execute([
    ...['h2load', '-t', '1', '-c', `${connections}`, '-m', `${streams}`, '-d', body, ...flags],
    ...headers.flatMap((header) => ['-H', header]),
    `${isTls ? 'https' : 'http'}://127.0.0.1:${port}${path}`,
  ]);
  return readH2load(stdout, { answerBytes: framed(answer).length, atOnce: connections * streams });
}

async function putConnect({ port, token, shape }: Target, seconds: number): Promise<Load> {
  const script = join(folder, 'post.lua');
  const headers = ['content-type: application/proto', 'connect-protocol-version: 1', ...authorization(token)];
  writeFileSync(
    script,
    [
      'wrk.method = "POST"',
      `wrk.body = "${[...request].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`,
      ...headers.map((header) => `wrk.headers["${header.split(': ')[0]}"] = "${header.split(': ')[1]}"`),
    ].join('\n'),
  );
  const { stdout } = await execute([
    ...['wrk', '-t', '1', '-c', `${shape.connections}`, '-d', `${seconds}s`, '--latency', '-s', script],
    `http://127.0.0.1:${port}${path}`,
  ]);
  return readWrk(stdout);
}

function execute(command: readonly string[]): Promise<{ stdout: string }> {
  const [first, ...rest] = pinned(LOAD_CORE, command);
  return run(first, rest, { encoding: 'utf8', maxBuffer: MAX_OUTPUT });
}

function authorization(token: string | undefined): string[] {
  return token === undefined ? [] : [`authorization: Bearer ${token}`];
}
