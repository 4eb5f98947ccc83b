//! Which devices a container may open: on version 2 of control groups that is a program in the kernel's virtual machine, here one of a
//! few dozen instructions. Without it, root in a container with CAP_MKNOD could read its neighbours' disks.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::cgroup::Cgroup;
use crate::fault::{Result, Tried};

/// A device, by the numbers of linux/kdev_t.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    pub block: bool,
    pub major: u32,
    /// None: all of that major number.
    pub minor: Option<u32>,
}

/// What every container may use, as in OCI's default devices: null, zero, full, random, urandom, tty, ptmx, and all pseudo-terminals.
const USUAL: [(u32, Option<u32>); 8] = [
    (1, Some(3)),
    (1, Some(5)),
    (1, Some(7)),
    (1, Some(8)),
    (1, Some(9)),
    (5, Some(0)),
    (5, Some(2)),
    (136, None),
];

/// Lets a group's processes open the usual devices and these, and no others. Making nodes is left to capabilities.
pub fn restrict(cgroup: &Cgroup, more: &[Device]) -> Result<()> {
    let usual = USUAL.map(|(major, minor)| Device {
        block: false,
        major,
        minor,
    });
    let devices: Vec<Device> = usual.iter().chain(more).copied().collect();
    let program = load(&assemble(&devices))?;
    let folder =
        File::open(cgroup.folder()).tried(|| format!("opening {}", cgroup.folder().display()))?;
    attach(&folder, &program)
}

// From linux/bpf.h and bpf_common.h.
const LOAD_WORD: u8 = 0x61;
const MOVE: u8 = 0xb7;
const MOVE_REGISTER: u8 = 0xbf;
const SHIFT_RIGHT: u8 = 0x77;
const AND: u8 = 0x57;
const JUMP_IF_NOT_EQUAL: u8 = 0x55;
const EXIT: u8 = 0x95;
const BPF_PROG_LOAD: libc::c_int = 5;
const BPF_PROG_ATTACH: libc::c_int = 8;
const BPF_PROG_TYPE_CGROUP_DEVICE: u32 = 15;
const BPF_CGROUP_DEVICE: u32 = 6;
const BPF_F_ALLOW_MULTI: u32 = 2;
const BLOCK: i32 = 1;
const CHARACTER: i32 = 2;
const MAKE_NODE: i32 = 1;

/// `struct bpf_insn`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instruction {
    code: u8,
    /// Destination in the low half, source in the high one.
    registers: u8,
    offset: i16,
    immediate: i32,
}

fn instruction(code: u8, destination: u8, source: u8, offset: i16, immediate: i32) -> Instruction {
    Instruction {
        code,
        registers: source << 4 | destination,
        offset,
        immediate,
    }
}

/// The context holds access and kind, major, and minor number: `struct bpf_cgroup_dev_ctx`. The answer is 1 for yes.
fn assemble(devices: &[Device]) -> Vec<Instruction> {
    let (answer, context, kind, access, major, minor) = (0, 1, 2, 3, 4, 5);
    let mut program = vec![
        instruction(LOAD_WORD, kind, context, 0, 0),
        instruction(MOVE_REGISTER, access, kind, 0, 0),
        instruction(SHIFT_RIGHT, access, 0, 0, 16),
        instruction(AND, kind, 0, 0, 0xffff),
        instruction(LOAD_WORD, major, context, 4, 0),
        instruction(LOAD_WORD, minor, context, 8, 0),
        // Only making a node, not opening it.
        instruction(JUMP_IF_NOT_EQUAL, access, 0, 2, MAKE_NODE),
        instruction(MOVE, answer, 0, 0, 1),
        instruction(EXIT, 0, 0, 0, 0),
    ];
    for device in devices {
        let is_kind = if device.block { BLOCK } else { CHARACTER };
        let checks_minor = i16::from(device.minor.is_some());
        program.push(instruction(
            JUMP_IF_NOT_EQUAL,
            kind,
            0,
            3 + checks_minor,
            is_kind,
        ));
        program.push(instruction(
            JUMP_IF_NOT_EQUAL,
            major,
            0,
            2 + checks_minor,
            device.major as i32,
        ));
        if let Some(number) = device.minor {
            program.push(instruction(JUMP_IF_NOT_EQUAL, minor, 0, 2, number as i32));
        }
        program.push(instruction(MOVE, answer, 0, 0, 1));
        program.push(instruction(EXIT, 0, 0, 0, 0));
    }
    program.push(instruction(MOVE, answer, 0, 0, 0));
    program.push(instruction(EXIT, 0, 0, 0, 0));
    program
}

fn load(program: &[Instruction]) -> Result<OwnedFd> {
    #[repr(C)]
    struct Load {
        kind: u32,
        count: u32,
        instructions: u64,
        license: u64,
        rest: [u64; 4],
    }
    let load = Load {
        kind: BPF_PROG_TYPE_CGROUP_DEVICE,
        count: program.len() as u32,
        instructions: program.as_ptr() as u64,
        license: c"Apache-2.0".as_ptr() as u64,
        rest: [0; 4],
    };
    // SAFETY: the structure begins as `union bpf_attr` does for this command, and what it points to outlives the call.
    let fd = unsafe { libc::syscall(libc::SYS_bpf, BPF_PROG_LOAD, &load, size_of::<Load>()) };
    if fd < 0 {
        return Err(std::io::Error::last_os_error())
            .tried(|| "loading a filter of devices".to_owned());
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

fn attach(folder: &File, program: &OwnedFd) -> Result<()> {
    let attach: [u32; 4] = [
        folder.as_raw_fd() as u32,
        program.as_raw_fd() as u32,
        BPF_CGROUP_DEVICE,
        BPF_F_ALLOW_MULTI,
    ];
    // SAFETY: the array begins as `union bpf_attr` does for this command.
    let done = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            BPF_PROG_ATTACH,
            attach.as_ptr(),
            size_of_val(&attach),
        )
    };
    if done != 0 {
        return Err(std::io::Error::last_os_error())
            .tried(|| "attaching a filter of devices".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a program as the kernel would; only what `assemble` uses.
    fn run(program: &[Instruction], context: [u32; 3]) -> u64 {
        let mut registers = [0_u64; 11];
        let mut at = 0_usize;
        loop {
            let i = program[at];
            let (to, from) = (
                usize::from(i.registers & 0xf),
                usize::from(i.registers >> 4),
            );
            let jump = |taken: bool| if taken { i.offset as usize } else { 0 };
            let mut skip = 0;
            match i.code {
                LOAD_WORD => registers[to] = u64::from(context[i.offset as usize / 4]),
                MOVE => registers[to] = i.immediate as u64,
                MOVE_REGISTER => registers[to] = registers[from],
                SHIFT_RIGHT => registers[to] >>= i.immediate,
                AND => registers[to] &= i.immediate as u64,
                JUMP_IF_NOT_EQUAL => skip = jump(registers[to] != i.immediate as u64),
                EXIT => return registers[0],
                other => panic!("instruction {other:#x}"),
            }
            at += 1 + skip;
        }
    }

    #[test]
    fn assemble_only_named_devices_open() {
        let program = assemble(&[
            Device {
                block: false,
                major: 1,
                minor: Some(3),
            },
            Device {
                block: false,
                major: 136,
                minor: None,
            },
            Device {
                block: true,
                major: 254,
                minor: Some(16),
            },
        ]);
        let (character, block, read) = (2, 1, 2 << 16);
        assert_eq!(run(&program, [read | character, 1, 3]), 1);
        assert_eq!(run(&program, [read | character, 1, 4]), 0);
        assert_eq!(run(&program, [read | block, 1, 3]), 0);
        assert_eq!(run(&program, [read | character, 136, 77]), 1);
        assert_eq!(run(&program, [read | block, 254, 16]), 1);
        assert_eq!(run(&program, [read | block, 254, 0]), 0);
        assert_eq!(run(&program, [1 << 16 | block, 254, 0]), 1);
    }
}
