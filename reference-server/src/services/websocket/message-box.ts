import type { Feed } from '../../feed/index.ts';
import { tooSlow } from '../shared/inbox.ts';
import { type Address, addressesOf, messagesFor, type TextMessage, URGENT } from './text-message.ts';

/** Messages that wait for the reader of one stream. */
export interface MessageBox {
  /** Whether the message waits now. Where there is no room, the least important and oldest is left out. */
  put(message: TextMessage): boolean;
  /**
   * Takes out all there are, urgent ones first, otherwise in the order they came.
   *
   * @throws CallFailure UNAVAILABLE once an urgent one had to be left out.
   */
  take(): readonly TextMessage[];
}

/** Messages that may wait for one reader. */
const DEFAULT_ROOM = 32;

/** An empty box. @param wake - told when there is something to take */
export function messageBox(wake: () => void, room = DEFAULT_ROOM): MessageBox {
  let waiting: TextMessage[] = [];
  let isOverrun = false;
  return {
    put(message) {
      if (isOverrun) {
        return false;
      }
      waiting.push(message);
      wake();
      if (waiting.length <= room) {
        return true;
      }
      const least = waiting.reduce((a, b) => (b.priority < a.priority ? b : a));
      isOverrun = least.priority >= URGENT;
      waiting = isOverrun ? [] : waiting.filter((each) => each !== least);
      return !isOverrun && least !== message;
    },
    take() {
      if (isOverrun) {
        throw tooSlow();
      }
      const taken = waiting;
      waiting = [];
      const isUrgent = ({ priority }: TextMessage) => priority >= URGENT;
      return [...taken.filter(isUrgent), ...taken.filter((message) => !isUrgent(message))];
    },
  };
}

/** A box for what is sent to a stream of this user and session. @returns it, and a function that closes it. */
export function openMessageBox(
  feed: Feed,
  of: Address,
  wake: () => void,
): { readonly box: MessageBox; readonly close: () => void } {
  const box = messageBox(wake);
  const stops = addressesOf(of).map((address) => feed.hear(messagesFor(address), box.put));
  return {
    box,
    close: () => {
      for (const stop of stops) {
        stop();
      }
    },
  };
}
