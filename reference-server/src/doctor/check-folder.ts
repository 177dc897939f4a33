import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE, ownerOf } from '../store/embedded/index.ts';
import { bytesText, type Finding, note, ok, problem } from './finding.ts';

/** Room below which a rush may fill the disk before anybody looks. */
const LEAST_FREE = 512e6;

/** The server gives its log back from 64 MiB on; one much longer has not been taken over for a while. */
const LONG_LOG = 256e6;

/** The folder itself: whose it is, who may read it, and how much room there is. */
export function checkFolder(dir: string): readonly Finding[] {
  return [permissions(dir), owner(dir), room(dir), log(dir)];
}

function permissions(dir: string): Finding {
  const check = 'data folder';
  try {
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return problem(
      check,
      `${dir} cannot be written (${code})`,
      'a folder of the user who runs the server',
      `chown or chmod ${dir}`,
    );
  }
  const mode = statSync(dir).mode & 0o777;
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    const octal = mode.toString(8);
    return problem(
      check,
      `${dir} can be entered by other users (mode ${octal})`,
      'mode 700: buyers and secrets are in it',
      `chmod 700 ${dir}`,
    );
  }
  return ok(check, dir);
}

function owner(dir: string): Finding {
  const who = ownerOf(dir);
  return ok('owner', who === undefined ? 'no server runs on it' : `in use by ${who}`);
}

function room(dir: string): Finding {
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  const size = sizeOf(join(dir, DATABASE_FILE)) + sizeOf(join(dir, `${DATABASE_FILE}-wal`));
  const found = `${bytesText(free)} free, the data takes ${bytesText(size)}`;
  return free < Math.max(LEAST_FREE, size / 4)
    ? problem(
        'disk',
        found,
        `${bytesText(Math.max(LEAST_FREE, size / 4))} free`,
        'make room, or move the folder to a larger disk',
      )
    : ok('disk', found);
}

function log(dir: string): Finding {
  const size = sizeOf(join(dir, `${DATABASE_FILE}-wal`));
  const found = bytesText(size);
  return size > LONG_LOG
    ? problem(
        'write-ahead log',
        found,
        `at most ${bytesText(LONG_LOG)}`,
        'end what reads the folder for long, such as a backup to a slow disk; a restart takes the log over as well',
      )
    : ok('write-ahead log', found);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether there is a folder to look at. */
export function missingFolder(dir: string): Finding | undefined {
  if (existsSync(join(dir, DATABASE_FILE))) {
    return undefined;
  }
  return existsSync(dir)
    ? note('data folder', `${dir} has no data yet: the server makes it when it starts`)
    : note('data folder', `there is no ${dir}: the server makes it when it starts`);
}
