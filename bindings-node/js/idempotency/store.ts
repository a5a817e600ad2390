/**
 * What a store of handled events does, and how it says that it can't.
 *
 * A key is the `idempotencyKey` of an event. A token is a text that a worker makes for each claim.
 * Times are whole milliseconds. Each operation is atomic.
 */

/** The result of a claim of an event that is done. */
export const DONE = -1;

/** A store of handled events. Its operations return their result, or a promise of it. */
export interface Store {
  /**
   * Claims an event, or renews the claim that the token has already.
   *
   * @param lease - How long the claim lasts if it is not renewed.
   * @returns 0 if the token has the claim now; {@link DONE} if the event is done; otherwise the time
   *   that another claim has left, 1 or more.
   */
  claim(key: string, token: string, lease: number): number | Promise<number>;

  /**
   * Marks an event as done. A completion whose answer was lost can be repeated with the same token for
   * 60 seconds.
   *
   * @param keep - How long it stays done.
   * @returns Whether it is done now by this token: `true` if the token has claimed or completed the
   *   event, or if no lease runs; `false` if another token has claimed or completed it.
   */
  complete(key: string, token: string, keep: number): boolean | Promise<boolean>;

  /**
   * Gives up a claim, so that the event can be claimed at once.
   *
   * @returns Whether the token had the claim.
   */
  release(key: string, token: string): boolean | Promise<boolean>;
}

/**
 * An error that is known by its name. Each receiver is bundled with its own copy of these classes, and
 * `instanceof` must hold for the errors of all of them.
 */
class NamedError extends Error {
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === this.prototype.name;
  }
}

/** The store has no room for another event, and keeps those that it has. */
export class StoreFullError extends NamedError {
  static {
    this.prototype.name = "StoreFullError";
  }
}

/** Another worker has claimed or completed the event since this worker claimed it. */
export class LeaseLostError extends NamedError {
  static {
    this.prototype.name = "LeaseLostError";
  }
}

/** A handler called `completeIn`, and its transaction was not committed when the handler returned. */
export class NotCommittedError extends NamedError {
  static {
    this.prototype.name = "NotCommittedError";
  }
}
