import { type Topic, topic } from '../../feed/index.ts';

/** A text on its way to the streams of a user or a session. */
export interface TextMessage {
  readonly text: string;
  /** 1, the least, to 4: urgent. */
  readonly priority: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the call that sent it. */
  readonly traceId: string;
}

/** The number of {@link TextMessage.priority} that is never left out. */
export const URGENT = 4;

/** Whom a message is for. Empty: does not matter; one of both is set. */
export interface Address {
  readonly userId: string;
  readonly sessionId: string;
}

/** Messages for one address. */
export function messagesFor({ userId, sessionId }: Address): Topic<TextMessage> {
  return topic(`messages/${JSON.stringify([userId, sessionId])}`);
}

/** Every address that reaches a stream of this user and session; either may be empty. */
export function addressesOf({ userId, sessionId }: Address): Address[] {
  const wide = [
    { userId, sessionId: '' },
    { userId: '', sessionId },
  ];
  const both = userId !== '' && sessionId !== '' ? [{ userId, sessionId }] : [];
  return [...wide.filter((address) => address.userId !== '' || address.sessionId !== ''), ...both];
}
