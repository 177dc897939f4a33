import type { ServiceImpl } from '@connectrpc/connect';
import { onTestFinished } from 'vitest';
import { createServer } from '../../create-server.ts';
import type { ServerOptions } from '../../options.ts';
import { service } from '../../service.ts';
import { MailService } from '../../testdata/gen/mail/v1/mail_pb.js';
import { mailErrors } from '../../testdata/rest/mail.ts';
import { createMailbox, type Mailbox } from '../../testdata/rest/mailbox.ts';
import { descriptors, type LogLine, recordingLogger } from '../../testdata/serve.ts';

/** A mailbox behind a port. */
export interface ServedMail {
  readonly url: string;
  readonly mailbox: Mailbox;
  readonly lines: LogLine[];
}

/** Serves a mailbox until the test is over. */
export async function serveMail(
  options: Partial<ServerOptions> = {},
  watchLetters?: ServiceImpl<typeof MailService>['watchLetters'],
): Promise<ServedMail> {
  const { logger, lines } = recordingLogger('debug');
  const mailbox = createMailbox();
  const implementation = watchLetters === undefined ? mailbox.service : { ...mailbox.service, watchLetters };
  const server = createServer({
    services: [service(MailService, implementation)],
    descriptors,
    errors: mailErrors,
    logger,
    rateLimits: false,
    shedding: false,
    ...options,
  });
  const { url } = await server.listen({ port: 0 });
  onTestFinished(() => server.close({ graceMs: 0 }));
  return { url, mailbox, lines };
}
