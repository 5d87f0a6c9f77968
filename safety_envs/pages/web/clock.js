// The clock of the page: the step, play and pause, and the keys.

class Clock {
  /** length: the number of steps. events: the steps to jump to, ascending. onChange(step, playing). */
  constructor(length, events, onChange) {
    Object.assign(this, { length, events, onChange, step: 0, speed: 4, timer: null });
  }

  get playing() {
    return this.timer !== null;
  }

  /** Goes to a step; one outside the episode becomes the nearest inside. */
  go(step) {
    this.step = Math.min(Math.max(step, 0), this.length);
    if (this.step === this.length) this.pause();
    this.onChange(this.step, this.playing);
  }

  play() {
    if (this.playing) return;
    if (this.step === this.length) this.step = 0;
    this.schedule();
    this.onChange(this.step, true);
  }

  schedule() {
    this.timer = setTimeout(() => {
      this.schedule();
      this.go(this.step + 1);
    }, 1000 / this.speed);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  toggle() {
    if (this.playing) {
      this.pause();
      this.onChange(this.step, false);
    } else this.play();
  }

  /** Steps by hand, which ends playing. */
  move(step) {
    this.pause();
    this.go(step);
  }

  nextEvent() {
    this.move(this.events.find((each) => each > this.step) ?? this.step);
  }

  previousEvent() {
    this.move(this.events.findLast((each) => each < this.step) ?? this.step);
  }

  /** Handles a key; returns whether it has a meaning here. */
  key(key) {
    const acts = {
      ArrowRight: () => this.move(this.step + 1),
      ArrowLeft: () => this.move(this.step - 1),
      Home: () => this.move(0),
      End: () => this.move(this.length),
      " ": () => this.toggle(),
      n: () => this.nextEvent(),
      p: () => this.previousEvent(),
    };
    const act = acts[key.length === 1 ? key.toLowerCase() : key];
    act?.();
    return Boolean(act);
  }
}

/** Whether an element handles a key itself. */
function usesKey(element, key) {
  if (element.matches("select, textarea, input:not([type=range])")) return true;
  return key === " " && element.matches("button, summary, a");
}
