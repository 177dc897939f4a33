import { Validator } from '@seriousme/openapi-schema-validator';
import { Auth } from '@traffic-tacos/policy';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { createServer } from '../create-server.ts';
import type { ServerOptions } from '../options.ts';
import { service } from '../service.ts';
import { MailService } from '../testdata/gen/mail/v1/mail_pb.js';
import { createMailbox } from '../testdata/rest/mailbox.ts';
import { descriptors, serve } from '../testdata/serve.ts';

async function serveMail(options: Partial<ServerOptions> = {}): Promise<string> {
  const server = createServer({
    services: [service(MailService, createMailbox().service)],
    descriptors,
    policies: () => ({ auth: Auth.PUBLIC }),
    profile: { requireCredentials: false, requireIdempotencyKey: false },
    logger: pino({ level: 'silent' }),
    rateLimits: false,
    shedding: false,
    ...options,
  });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return (await server.listen({ port: 0 })).url;
}

test('the document is valid OpenAPI 3.1, and says what it was told to say', async () => {
  const url = await serveMail({ openApi: { title: 'Mail', version: '1.2.3', description: 'Letters.' } });
  const response = await fetch(`${url}/openapi.json`);
  const document = await response.json();

  expect(response.headers.get('content-type')).toBe('application/json');
  expect(document).toMatchObject({
    openapi: expect.stringMatching(/^3\.1\./),
    info: { title: 'Mail', version: '1.2.3', description: 'Letters.' },
  });
  expect(Object.keys(document.paths)).toContain('/v1/boxes/{boxId}/letters');
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
});

test('the page and all that it loads come from the server, under a policy that allows no more', async () => {
  const url = await serveMail();
  const response = await fetch(`${url}/docs`);
  const html = await response.text();
  const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);

  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(html).not.toMatch(/(?:src|href)="https?:/);
  expect(loaded).toHaveLength(2);
  for (const path of loaded) {
    const file = await fetch(url + path);
    expect([file.status, (await file.text()).length > 50]).toEqual([200, true]);
  }
  expect((await fetch(`${url}/docs/../secrets`)).status).toBe(404);
  expect((await fetch(`${url}/docs/none.js`)).status).toBe(404);
  expect((await fetch(`${url}/docs`, { method: 'POST' })).status).toBe(405);
});

test('the root leads to the page, and stands for nothing else', async () => {
  const url = await serveMail();
  const root = await fetch(url, { redirect: 'manual' });
  expect([root.status, root.headers.get('location')]).toEqual([302, '/docs']);
  expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
});

test('there is no page where none is wanted, nor where nothing has an HTTP form', async () => {
  const silent = await serveMail({ openApi: false });
  expect((await fetch(silent, { redirect: 'manual' })).status).toBe(404);
  expect((await fetch(`${silent}/openapi.json`)).status).toBe(404);
  const { url } = await serve();
  expect((await fetch(`${url}/docs`)).status).toBe(404);
});
