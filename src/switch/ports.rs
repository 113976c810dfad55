//! The stock of bound port pairs, by worker. A port that was used rests before it is used again, so that late packets of
//! the old call do not reach the new one.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;
use warmline_media::ids::RtpPort;
use warmline_time::Time;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Ports {
    rest: Duration,
    stock: Vec<VecDeque<RtpPort>>,
    /// In the order in which they are ready: all rest equally long.
    cooling: VecDeque<(Time, usize, RtpPort)>,
    used: HashSet<(usize, RtpPort)>,
    known: HashSet<(usize, RtpPort)>,
}

impl Ports {
    pub(super) fn new(rest: Duration) -> Self {
        let (stock, cooling) = (Vec::new(), VecDeque::new());
        Ports { rest, stock, cooling, used: HashSet::new(), known: HashSet::new() }
    }

    /// New ports. One that is in use or resting stays where it is; one that is in the stock is not there twice.
    pub(super) fn add(&mut self, worker: usize, ports: Vec<RtpPort>) {
        if self.stock.len() <= worker {
            self.stock.resize_with(worker + 1, VecDeque::new);
        }
        for port in ports {
            if self.known.insert((worker, port)) {
                self.stock[worker].push_back(port);
            }
        }
    }

    /// The worker with the most free ports, of those that `fits` takes.
    pub(super) fn roomiest(&self, fits: impl Fn(usize) -> bool) -> Option<usize> {
        (0..self.stock.len()).filter(|&worker| fits(worker)).max_by_key(|&worker| self.stock[worker].len())
    }

    /// Takes the port that has rested longest.
    pub(super) fn take(&mut self, worker: usize) -> Option<RtpPort> {
        let port = self.stock.get_mut(worker)?.pop_front()?;
        self.used.insert((worker, port));
        Some(port)
    }

    /// The worker has closed it.
    pub(super) fn cool(&mut self, now: Time, worker: usize, port: RtpPort) {
        if self.used.remove(&(worker, port)) {
            self.cooling.push_back((now + self.rest, worker, port));
        }
    }

    /// Those that have rested join the stock.
    pub(super) fn handle_timeout(&mut self, now: Time) {
        while let Some(&(at, worker, port)) = self.cooling.front()
            && at <= now
        {
            self.cooling.pop_front();
            self.stock[worker].push_back(port);
        }
    }

    pub(super) fn next(&self) -> Option<Time> {
        self.cooling.front().map(|row| row.0)
    }

    /// In use or resting.
    pub(super) fn away(&self) -> usize {
        self.used.len() + self.cooling.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_port_rests_and_comes_back_once() {
        let mut ports = Ports::new(Duration::from_secs(5));
        ports.add(1, vec![RtpPort(10), RtpPort(12)]);
        ports.add(1, vec![RtpPort(10)]);
        assert_eq!(ports.roomiest(|_| true), Some(1));
        assert_eq!(ports.take(0), None);
        assert_eq!(ports.take(1), Some(RtpPort(10)));
        ports.add(1, vec![RtpPort(10)]);
        assert_eq!(ports.take(1), Some(RtpPort(12)));
        assert_eq!((ports.take(1), ports.away()), (None, 2));
        let now = Time::from_micros(1);
        ports.cool(now, 1, RtpPort(10));
        ports.cool(now, 1, RtpPort(10));
        ports.handle_timeout(now + Duration::from_secs(4));
        assert_eq!(ports.take(1), None);
        assert_eq!(ports.next(), Some(now + Duration::from_secs(5)));
        ports.handle_timeout(now + Duration::from_secs(5));
        assert_eq!((ports.take(1), ports.take(1), ports.away()), (Some(RtpPort(10)), None, 2));
    }
}
