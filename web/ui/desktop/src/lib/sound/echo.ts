// What an echo test found: from what was sent, what came back and how, to a verdict. Pure.

export interface EchoFigures {
  /** The loudest that was sent and that came back, in decibels below full scale; -100: nothing. */
  sent: number;
  back: number;
  /** Packets that came back. */
  received: number;
  /** 0 to 1. */
  loss: number;
  /** Milliseconds; null: not known. */
  jitter: number | null;
  /** To the switch and back through the buffer here, in milliseconds; null: not known. */
  roundTrip: number | null;
}

export type EchoVerdict = 'good' | 'unheard' | 'nothing-back' | 'faint' | 'lossy' | 'unsteady' | 'slow';

/** Below it nobody has spoken. */
const SPOKEN = -50;
/** So much quieter may come back what was sent. */
const DROP = 20;

export function judgeEcho(figures: EchoFigures): EchoVerdict {
  if (figures.received === 0) return 'nothing-back';
  if (figures.sent < SPOKEN) return 'unheard';
  if (figures.loss >= 0.03) return 'lossy';
  if (figures.back < figures.sent - DROP) return 'faint';
  if ((figures.jitter ?? 0) >= 40) return 'unsteady';
  if ((figures.roundTrip ?? 0) >= 500) return 'slow';
  return 'good';
}

/** Whether it is something that keeps an agent from working, or that he should know of. */
export function gravity(verdict: EchoVerdict): 'green' | 'amber' | 'red' {
  if (verdict === 'good') return 'green';
  return verdict === 'nothing-back' || verdict === 'unheard' ? 'red' : 'amber';
}
