import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Health } from '../gen/grpc/health/v1/health_pb.js';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { openLibrary } from './testdata/open-library.ts';

const run = promisify(execFile);
const buf = fileURLToPath(new URL('../../../../node_modules/.bin/buf', import.meta.url));

test.each(['grpc-v1', 'grpc-v1alpha'])(
  'buf curl lists and calls without files, over %s',
  async (protocol) => {
    const url = await openLibrary();
    const curl = async (...args: string[]): Promise<string> => {
      const { stdout } = await run(buf, [
        'curl',
        '--http2-prior-knowledge',
        '--reflect-protocol',
        protocol,
        ...args,
      ]);
      return stdout;
    };
    const list = await curl('--list-services', url);
    const methods = await curl('--list-methods', url);
    const answer = await curl('--data', '{"bookId":"dune"}', `${url}/${LibraryService.typeName}/GetBook`);

    expect(list.trim().split('\n')).toEqual(
      expect.arrayContaining([Health.typeName, LibraryService.typeName]),
    );
    expect(methods).toContain('library.v1.LibraryService/WatchBook');
    expect(JSON.parse(answer)).toMatchObject({ book: { bookId: 'dune', title: 'dune' } });
  },
);
