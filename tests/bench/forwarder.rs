//! The floor of a relay: one thread, level-triggered epoll, unconnected sockets, nothing looked at. A process of its own.

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;

/// `ports` are the peers', two a call, with commas between. What comes from one goes to the other of its pair. The first
/// line of output is the list of our ports, one for each of theirs; the process runs until it is killed.
pub fn run(ports: &str) -> ! {
    let peers: Vec<SocketAddr> = ports
        .split(',')
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port"))))
        .collect();
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("epoll");
    let mut sockets = Vec::new();
    for index in 0..peers.len() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_nonblocking(true).expect("set");
        epoll.add(socket.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, index as u64)).expect("added");
        sockets.push(socket);
    }
    let ours: Vec<u16> = sockets.iter().map(|socket| socket.local_addr().expect("bound").port()).collect();
    println!("{}", serde_json::json!(ours));
    let mut events = [EpollEvent::empty(); 1_024];
    let mut buffer = [0; 2_048];
    loop {
        let count = epoll.wait(&mut events, EpollTimeout::NONE).unwrap_or(0);
        for event in &events[..count] {
            let index = event.data() as usize;
            if let Ok((len, _)) = sockets[index].recv_from(&mut buffer) {
                let _ = sockets[index ^ 1].send_to(&buffer[..len], peers[index ^ 1]);
            }
        }
    }
}
