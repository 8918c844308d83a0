using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace VMUNet.Host;

/// <summary>
/// The two channels of a command: standard output carries the result (a table for people, or exactly one JSON document),
/// standard error everything said on the way.
/// </summary>
internal sealed class Terminal
{
    /// <summary>Property names as in the published file contracts: snake_case, null where a value does not exist.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public Terminal(TextWriter output, TextWriter error, bool isInteractive)
    {
        Output = output;
        Error = error;
        IsInteractive = isInteractive;
        People = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        Progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        if (!isInteractive)
        {
            People.Profile.Width = PlainWidth;
            Progress.Profile.Width = PlainWidth;
        }
    }

    /// <summary>Columns when nobody watches: wide enough that a table in a log is never folded.</summary>
    private const int PlainWidth = 160;

    /// <summary>Whether the result is one JSON document.</summary>
    public bool Json { get; set; }

    /// <summary>Whether progress may be drawn over itself.</summary>
    public bool IsInteractive { get; }

    /// <summary>Standard output, for the result.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error, for plain lines.</summary>
    public TextWriter Error { get; }

    /// <summary>Standard output for tables.</summary>
    public IAnsiConsole People { get; }

    /// <summary>Standard error for progress bars.</summary>
    public IAnsiConsole Progress { get; }

    public static Terminal OfProcess() => new(Console.Out, Console.Error, !Console.IsErrorRedirected);

    /// <summary>Prints the result: <paramref name="document"/> with --json, else what <paramref name="people"/> draws.</summary>
    public void Result(object document, Action<IAnsiConsole> people)
    {
        if (Json)
        {
            Output.WriteLine(document as string ?? JsonSerializer.Serialize(document, JsonOptions));
            Output.Flush();
        }
        else
        {
            people(People);
        }
    }

    /// <summary>One plain line to standard output at once, for scripts that wait for it.</summary>
    public void Line(string text)
    {
        Output.WriteLine(text);
        Output.Flush();
    }

    /// <summary>One plain line of progress to standard error.</summary>
    public void Say(string text)
    {
        Error.WriteLine(text);
        Error.Flush();
    }

    /// <summary>Runs work that tells (done, all): a bar on a terminal, else a plain line every tenth.</summary>
    public T WithProgress<T>(string title, Func<Action<int, int>, T> work)
    {
        if (IsInteractive)
        {
            return Progress.Progress().Start(context =>
            {
                var bar = context.AddTask(Markup.Escape(title));
                return work((done, all) => (bar.MaxValue, bar.Value) = (all, done));
            });
        }

        var last = 0;
        return work((done, all) =>
        {
            if (done * 10 / all > last * 10 / all || done == all)
            {
                Say($"{title}: {done} of {all}");
            }

            last = done;
        });
    }
}
