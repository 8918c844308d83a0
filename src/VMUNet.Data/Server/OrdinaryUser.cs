namespace VMUNet.Data.Server;

/// <summary>The user that the server runs as: ourselves, or, because it refuses root, the package's user.</summary>
internal static class OrdinaryUser
{
    private const string ServerUser = "postgres";

    public static bool IsNeeded => Environment.IsPrivilegedProcess;

    /// <summary>The command as the server's user must be asked for it.</summary>
    /// <exception cref="PostgresUnavailableException">We are root and there is no way to step down.</exception>
    public static IReadOnlyList<string> Command(IReadOnlyList<string> command)
    {
        if (!IsNeeded)
        {
            return command;
        }
        if (ProcessRunner.Find("setpriv") is { } setpriv)
        {
            return [setpriv, $"--reuid={ServerUser}", $"--regid={ServerUser}", "--init-groups", "--", .. command];
        }
        if (ProcessRunner.Find("runuser") is { } runuser)
        {
            return [runuser, "-u", ServerUser, "--", .. command];
        }
        throw new PostgresUnavailableException(
            "PostgreSQL refuses to run as root and neither setpriv nor runuser was found: start as an ordinary user.");
    }

    /// <summary>Makes a folder that only the server's user (and root) can enter.</summary>
    public static async Task MakePrivateFolderAsync(string folder, CancellationToken ct)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await GiveAsync(folder, ct);
    }

    /// <summary>Hands a file or folder to the server's user; nothing to do where that is ourselves.</summary>
    public static async Task GiveAsync(string path, CancellationToken ct)
    {
        if (!IsNeeded)
        {
            return;
        }
        ProcessResult result = await ProcessRunner.RunAsync(
            [ProcessRunner.Find("chown") ?? "chown", "-h", $"{ServerUser}:", path], ct);
        if (result.ExitCode != 0)
        {
            throw new PostgresUnavailableException(
                $"'{path}' could not be given to the user '{ServerUser}': {result.LastLines(1)}");
        }
    }

    /// <summary>Whether the server's user can walk to the folder: every ancestor lets others through.</summary>
    public static bool CanReach(string folder)
    {
        if (!IsNeeded)
        {
            return true;
        }
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (at.Exists && !at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }
        return true;
    }
}
