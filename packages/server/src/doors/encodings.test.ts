import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ask, JSON_TYPE, stand } from '../hostile/testdata/stand.ts';

const LETTERS = '/v1/boxes/b/letters';
const letter = JSON.stringify({
  letter: { letterId: 'l', text: 'x', postage: 1, weight: 1, serial: '1' },
});

test('a request in an encoding that nobody here reads is told which ones are read', async () => {
  const served = await stand();
  const headers = { ...JSON_TYPE, 'content-encoding': 'zip' };
  const answer = await ask(served, 'POST', LETTERS, headers, letter);

  expect(answer.status).toBe(415);
  expect(answer.headers['accept-encoding']).toBe('gzip,br');
  expect(JSON.parse(answer.body)).toMatchObject({
    error: {
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: 'content-encoding is "zip"; expected identity or one of gzip,br',
    },
  });
  const packed = { ...headers, 'content-encoding': 'gzip' };
  expect(await ask(served, 'POST', LETTERS, packed, gzipSync(letter))).toMatchObject({ status: 201 });
});
