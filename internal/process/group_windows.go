package process

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A group is a job object: the child and all that it starts, ended together,
// and by the system when the last handle is closed. Between the start of the
// child and its assignment to the job it could start a process outside.
type group struct {
	cmd *exec.Cmd
	job windows.Handle
}

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func (g *group) start() error {
	job, err := newJob()
	if err != nil {
		return err
	}
	g.job = job
	if err := g.cmd.Start(); err != nil {
		g.close()
		return err
	}
	if err := assign(job, g.cmd.Process.Pid); err != nil {
		_ = g.cmd.Process.Kill()
		_ = g.cmd.Wait()
		g.close()
		return err
	}
	return nil
}

func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, fmt.Errorf("create job object: %w", err)
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		_ = windows.CloseHandle(job)
		return 0, fmt.Errorf("limit job object: %w", err)
	}
	return job, nil
}

func assign(job windows.Handle, pid int) error {
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE
	process, err := windows.OpenProcess(access, false, uint32(pid))
	if err != nil {
		return fmt.Errorf("open process: %w", err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	if err := windows.AssignProcessToJobObject(job, process); err != nil {
		return fmt.Errorf("assign to job object: %w", err)
	}
	return nil
}

// interrupt sends Ctrl-Break, which a program without a console does not get.
func (g *group) interrupt() error {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(g.cmd.Process.Pid))
	return nil
}

// alive is false, so that nothing waits: closing the job ends what is left.
func (g *group) alive() bool { return false }

func (g *group) kill() {}

func (g *group) close() { _ = windows.CloseHandle(g.job) }

func signalName(*os.ProcessState) string { return "" }

func maxRSS(*os.ProcessState) int64 { return 0 }
