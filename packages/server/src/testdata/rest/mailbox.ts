import { setTimeout as delay } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { LetterStatus, type MailService, type SendLetterResponseSchema } from '../gen/mail/v1/mail_pb.js';
import { mailErrors } from './mail.ts';

/** A mailbox, and what it saw. */
export interface Mailbox {
  readonly service: Partial<ServiceImpl<typeof MailService>>;
  /** The contexts of the calls that came in. */
  readonly calls: HandlerContext[];
  /** Streams that were given up by their reader. */
  readonly abandoned: Promise<void>;
}

/** Keeps one letter. The box `nobody` does not exist, the box `slow` takes its time. */
export function createMailbox(): Mailbox {
  const calls: HandlerContext[] = [];
  const abandoned = Promise.withResolvers<void>();
  return {
    calls,
    abandoned: abandoned.promise,
    service: {
      sendLetter: (
        { boxId, letter, idempotencyKey },
        context,
      ): MessageInitShape<typeof SendLetterResponseSchema> => {
        calls.push(context);
        if (boxId === 'nobody') {
          return { similar: ['somebody'], error: { code: 2, message: 'nobody there' } };
        }
        context.responseHeader.set('x-key', idempotencyKey);
        context.responseTrailer.set('x-left', '9');
        const sent = { text: letter?.text ?? '', letterId: 'new', status: LetterStatus.SENT };
        return { letter: sent };
      },
      getLetter: async ({ boxId, letterId }, context) => {
        calls.push(context);
        if (boxId === 'slow') {
          await delay(30_000, undefined, { signal: context.signal });
        }
        if (boxId === 'nobody') {
          const info = {
            message: 'nobody there',
            traceId: '',
            details: [{ field: 'box_id', reason: 'NO_SUCH_BOX' }],
          };
          throw new ConnectError(
            info.message,
            Code.NotFound,
            { 'retry-after': '9' },
            mailErrors.details(mailErrors.row('NOBODY'), info),
          );
        }
        return { letter: { letterId, text: `for ${boxId}` } };
      },
      watchLetters: async function* ({ boxId, resumeToken }, context) {
        calls.push(context);
        if (boxId === 'nobody') {
          throw new ConnectError('nobody there', Code.NotFound);
        }
        try {
          for (let sequence = Number(resumeToken || '0') + 1; ; sequence++) {
            yield { sequence: BigInt(sequence), letter: { letterId: `l${sequence}` } };
            if (boxId === 'torn' && sequence === 2) {
              throw new ConnectError('lost', Code.DataLoss);
            }
            if (boxId === 'short' && sequence === 2) {
              return;
            }
            await delay(boxId === 'endless' ? 1 : 0, undefined, { signal: context.signal });
          }
        } finally {
          if (context.signal.aborted) {
            abandoned.resolve();
          }
        }
      },
    },
  };
}
