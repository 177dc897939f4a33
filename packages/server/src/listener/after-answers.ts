import type { Socket } from 'node:net';
import { unanswered, whenAnswered } from './turns.ts';

/**
 * Goes on with a connection that `node:http` has let go of, once it has answered the requests before: at once where
 * there are none. It takes its hands off in the middle of them, and two that write to one connection would mix their
 * answers. Not called back when the connection ends with those answers, or before.
 *
 * What comes meanwhile stays in the buffer of the socket, which is bounded.
 */
export function afterAnswers(socket: Socket, goOn: () => void): void {
  if (unanswered(socket).size === 0) {
    goOn();
    return;
  }
  // With a listener for it, nothing that resumes the socket makes it lose what nobody has read.
  socket.on('readable', ignore);
  socket.on('end', ended);
  socket.on('drain', drained);
  whenAnswered(socket, () => {
    socket.off('readable', ignore);
    socket.off('end', ended);
    socket.off('drain', drained);
    // The answer said that it was the last one, or the client has left.
    if (!socket.writable) {
      return;
    }
    // It was idle in the eyes of node:http.
    socket.setTimeout(0);
    goOn();
  });
}

/** As `node:http` does it: a client that has said all it had to say is gone. */
function ended(this: Socket): void {
  this.end();
}

/** The answer whose turn it is goes on. */
function drained(this: Socket): void {
  for (const response of unanswered(this)) {
    if (response.socket === this && response.writableNeedDrain) {
      response.emit('drain');
    }
  }
}

function ignore(): void {
  // Read later.
}
