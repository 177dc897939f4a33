import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createServer } from '../create-server.ts';
import { createLogger } from './index.ts';
import { lineWriter } from './line-writer.ts';

const program = fileURLToPath(new URL('testdata/write-lines.ts', import.meta.url));

/** @param reader - a shell command behind a pipe; without, standard output is a socket, as Node makes them */
function start(count: number, ending: string, reader?: string, padding = 0): ChildProcess {
  const args = ['--conditions=@traffic-tacos/source', program, String(count), ending, String(padding)];
  const child =
    reader === undefined
      ? spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('sh', ['-c', `"$0" "$@" | ${reader}`, process.execPath, ...args], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** A pipe that is open, and that nobody reads. */
function stalledPipe(): number {
  const folder = mkdtempSync(join(tmpdir(), 'lines-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return fd;
}

/** The numbers of the lines that a program wrote, read at the given pace. */
async function numbersOf(child: ChildProcess, pauseMs = 0): Promise<number[]> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (pauseMs > 0) {
      await delay(pauseMs);
    }
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).number);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** A file to write to, and what is in it. */
function file(): { fd: number; text: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'lines-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return { fd, text: () => readFileSync(path, 'utf8') };
}

test.each(['return', 'exit', 'throw', 'reject', 'signal'])(
  'no line is lost when a process ends by: %s',
  async (ending) => {
    const [overSocket, overPipe] = await Promise.all([
      numbersOf(start(5000, ending)),
      numbersOf(start(5000, ending, 'cat')),
    ]);

    expect(overSocket).toEqual(upTo(5000));
    expect(overPipe).toEqual(upTo(5000));
  },
);

test('a reader that falls far behind is waited for, and loses nothing', async () => {
  // 20 MB, more than twice what is kept in memory.
  const child = start(20_000, 'return', '(sleep 1; cat)', 1000);

  expect(await numbersOf(child)).toEqual(upTo(20_000));
});

test('a reader that is gone ends the log, not the process', async () => {
  const child = start(50_000, 'tell', 'head -n 1');
  const told = new Promise<string>((resolve) => {
    child.stderr?.once('data', (data) => resolve(String(data)));
  });

  expect(await numbersOf(child)).toEqual([0]);
  expect(await told).toBe('written');
});

test.each(['return', 'exit', 'throw', 'signal'])(
  'a process whose reader takes nothing ends all the same, by: %s',
  async (ending) => {
    const args = ['--conditions=@traffic-tacos/source', program, '5000', ending];
    const child = spawn(process.execPath, args, { stdio: ['ignore', stalledPipe(), 'ignore'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));

    expect(code).toBe(ending === 'throw' ? 1 : 0);
  },
);

test('a server whose log nobody reads closes all the same, and its lines are there for who reads later', async () => {
  const fd = stalledPipe();
  const logger = createLogger({ fd });
  for (const number of upTo(5000)) {
    logger.info({ number }, 'line');
  }
  await createServer({ services: [], logger }).close();
  const flushed = new Promise<void>((resolve) => logger.flush(() => resolve()));
  let text = '';
  const room = Buffer.alloc(65_536);
  for (let bytes = readSync(fd, room); ; bytes = readSync(fd, room)) {
    text += room.toString('latin1', 0, bytes);
    if (text.endsWith('\n') && text.includes('"number":4999')) {
      break;
    }
    await delay(10);
  }

  await flushed;
  expect(text.split('\n')).toHaveLength(5001);
});

test('a process does not wait for a reader that pauses', async () => {
  // More than a pipe holds; the program says when it has written its lines.
  const child = start(2000, 'tell', '(sleep 2; cat)');
  const told = await new Promise<string>((resolve) => {
    child.stderr?.once('data', (data) => resolve(String(data)));
  });
  const before = await Promise.race([child.stdout?.[Symbol.asyncIterator]().next(), delay(50, 'nothing')]);

  expect(told).toBe('written');
  expect(before).toBe('nothing');
});

test('lines leave by themselves soon, and errors at once', async () => {
  const { fd, text } = file();
  const logger = createLogger({ fd });
  logger.info('a line');
  expect(text()).toBe('');
  await expect.poll(text).toContain('a line');

  logger.error('an error');
  await expect.poll(text).toContain('an error');
});

test('a flush calls back when everything before it is written', async () => {
  const { fd, text } = file();
  const logger = createLogger({ fd });
  for (const number of upTo(1000)) {
    logger.info({ number }, 'line');
  }
  await new Promise((resolve) => logger.flush(resolve));
  expect(text().split('\n')).toHaveLength(1001);

  // And with nothing to write.
  await new Promise((resolve) => logger.flush(resolve));
});

test('lines of one file descriptor keep their order, whoever writes them', async () => {
  const { fd, text } = file();
  const loggers = [createLogger({ fd }), createLogger({ fd }), createLogger({ fd }).child({ a: 1 })];
  for (const number of upTo(3000)) {
    loggers[number % 3]?.info({ number }, 'line');
    if (number % 500 === 0) {
      await delay(1);
    }
  }
  await new Promise<void>((resolve) => lineWriter(fd).flush(() => resolve()));

  const numbers = text()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).number);
  expect(numbers).toEqual(upTo(3000));
});
