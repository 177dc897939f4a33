import type { HandlerContext } from '@connectrpc/connect';
import { callOf } from '@traffic-tacos/server';
import { live } from '../shared/live.ts';
import { waker } from '../shared/waker.ts';
import { type Change, changesSource, type Followed, resumeNumber } from './changes-source.ts';
import type { WebSocketDeps } from './deps.ts';
import { openMessageBox } from './message-box.ts';

/** Things whose state a stream begins with at most, the latest ones; as many as can be named. */
export const MOST_AT_ONCE = 50;

/** Runs one stream of a user's changes. */
export async function* followChanges<C extends Change, M>(
  deps: WebSocketDeps,
  followed: Followed<C, M>,
  request: { readonly userId: string; readonly sessionId: string; readonly resumeToken: string },
  context: HandlerContext,
): AsyncGenerator<M, void> {
  const { clock, feed, alarms } = deps;
  const { signal } = callOf(context);
  const wake = waker(alarms, signal);
  const messages = openMessageBox(feed, request, wake.wake);
  try {
    const source = await changesSource(followed, {
      feed,
      after: resumeNumber(request.resumeToken),
      messages: messages.box,
      now: clock(),
      wake: wake.wake,
    });
    try {
      yield* live(source, { method: context.method, clock, waker: wake, signal });
    } finally {
      source.close();
    }
  } finally {
    messages.close();
  }
}
