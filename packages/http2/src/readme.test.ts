import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${folder}README.md`, 'utf8');

/** The only thing of its kind in the README. */
function only(kind: string): string {
  const [first, ...others] = [...readme.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))];
  expect(others).toEqual([]);
  return first?.[1] ?? '';
}

test('the server of the README answers as it says', async () => {
  const [, body, path, printed] =
    /^\$ curl --http2-prior-knowledge --data (\S+) http:\/\/127\.0\.0\.1:8080(\S+)\n(.*\n)$/.exec(
      only('console'),
    ) ?? [];
  const code = only('ts').replace('server.listen(8080);', `server.listen(0, '127.0.0.1', told);`);
  const program = `${code}\nfunction told() { console.log(server.address().port); }\n`;
  const flags = ['--conditions=@traffic-tacos/source', '--input-type=module-typescript', '-'];
  const child = spawn(process.execPath, flags, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    child.stdin.end(program);
    const [port] = await once(createInterface(child.stdout), 'line');
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const ask = async (content: Buffer): Promise<[number | undefined, string]> => {
      const stream = session.request({ ':method': 'POST', ':path': path });
      stream.end(content);
      const [head] = await once(stream, 'response');
      return [head[':status'], await text(stream)];
    };
    expect(await ask(Buffer.from(body ?? ''))).toEqual([200, printed]);
    // More than once: where frames end differs.
    for (let size = 2_000_000; size < 2_000_010; size++) {
      expect(await ask(Buffer.alloc(size))).toEqual([413, '']);
    }
    session.destroy();
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});
