export interface HealthLimits {
  /** Consecutive failures, of checks or of requests, after which a server gets no more requests. */
  unhealthyAfter: number;
  /** Consecutive checks that must succeed before it gets requests again. */
  healthyAfter: number;
}

/** Whether a server should get requests: active checks and the outcome of requests decide. */
export class Health {
  readonly #limits: HealthLimits;
  readonly #onChange: (isHealthy: boolean, now: number) => void;
  #isHealthy = true;
  #failures = 0;
  #successes = 0;

  constructor(limits: HealthLimits, onChange: (isHealthy: boolean, now: number) => void = () => {}) {
    this.#limits = limits;
    this.#onChange = onChange;
  }

  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /** A check has ended. */
  checked(isOk: boolean, now: number): void {
    if (!isOk) this.#fail(now);
    else {
      this.#failures = 0;
      this.#successes += 1;
      if (!this.#isHealthy && this.#successes >= this.#limits.healthyAfter) this.#change(true, now);
    }
  }

  /** A request has ended. A success does not make the server healthy: it may have been sent before the server failed. */
  answered(isOk: boolean, now: number): void {
    if (isOk) this.#failures = 0;
    else this.#fail(now);
  }

  #fail(now: number): void {
    this.#successes = 0;
    this.#failures += 1;
    if (this.#isHealthy && this.#failures >= this.#limits.unhealthyAfter) this.#change(false, now);
  }

  #change(isHealthy: boolean, now: number): void {
    this.#isHealthy = isHealthy;
    this.#failures = 0;
    this.#successes = 0;
    this.#onChange(isHealthy, now);
  }
}
