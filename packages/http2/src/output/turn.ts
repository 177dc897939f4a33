/** What has something to do at the end of a turn of the event loop. */
export interface TurnEnd {
  endTurn(): void;
}

let waiting: TurnEnd[] = [];
let spare: TurnEnd[] = [];

/** Calls it when all sockets that have something to read have been read. Once for each call of this function. */
export function atEndOfTurn(task: TurnEnd): void {
  if (waiting.push(task) === 1) {
    setImmediate(endTurn);
  }
}

function endTurn(): void {
  const tasks = waiting;
  waiting = spare;
  spare = tasks;
  try {
    for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
      task.endTurn();
    }
  } finally {
    if (tasks.length > 0) {
      // One of them has thrown; the others are not to suffer.
      waiting.push(...tasks.splice(0));
      setImmediate(endTurn);
    }
  }
}
