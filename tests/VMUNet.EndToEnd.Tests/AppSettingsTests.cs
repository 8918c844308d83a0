using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using VMUNet.Data;
using VMUNet.DicomListener;
using VMUNet.Jobs;
using VMUNet.Jobs.Retraining;
using VMUNet.Reporting;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests;

/// <summary>appsettings.json is the manual: every option appears in it with its default, and every key in it binds.</summary>
public sealed class AppSettingsTests
{
    /// <summary>Sections that belong to the framework or are read key by key.</summary>
    private static readonly string[] s_otherSections = ["Logging", "AllowedHosts", "Web"];

    /// <summary>Options that only the host sets.</summary>
    private static readonly string[] s_setByHost = ["Data:ConnectionString", "Data:DataFolder", "Data:IsDurable", "Retrain:Command", "Listener:TransferSyntaxes"];

    private static readonly Dictionary<string, Type> s_rooms = new()
    {
        ["Data"] = typeof(PacsDataOptions),
        ["Listener"] = typeof(ListenerOptions),
        ["Jobs"] = typeof(JobsOptions),
        ["Retrain"] = typeof(RetrainOptions),
        ["Reporting"] = typeof(ReportingOptions),
    };

    private static readonly IConfigurationRoot s_file = new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(RepoPaths.Root, "src/VMUNet.Host/appsettings.json")).Build();

    public static TheoryData<string> Rooms => [.. s_rooms.Keys];

    [Fact]
    public void Every_section_belongs_to_a_room()
    {
        var sections = s_file.GetChildren().Select(s => s.Key).Except(s_otherSections);

        Assert.Equal(s_rooms.Keys.Order(), sections.Order());
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Every_key_binds_and_no_option_is_missing(string room)
    {
        var keys = s_file.GetSection(room).GetChildren().Select(k => k.Key);

        var options = PropertiesOf(room).Select(p => p.Name).Where(name => !s_setByHost.Contains($"{room}:{name}"));

        Assert.Equal(options.Order(), keys.Order());
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Every_value_is_the_default_of_its_option(string room)
    {
        var defaults = Activator.CreateInstance(s_rooms[room])!;
        var bound = Activator.CreateInstance(s_rooms[room])!;
        s_file.GetSection(room).Bind(bound, o => o.ErrorOnUnknownConfiguration = true);

        foreach (var property in PropertiesOf(room).Where(p => $"{room}:{p.Name}" != "Listener:AeTitles"))
        {
            Assert.Equal(Text(property.GetValue(defaults)), Text(property.GetValue(bound)));
        }
    }

    private static PropertyInfo[] PropertiesOf(string room) =>
        s_rooms[room].GetProperties(BindingFlags.Instance | BindingFlags.Public);

    private static string Text(object? value) => value is IEnumerable list and not string
        ? string.Join(",", list.Cast<object?>())
        : value?.ToString() ?? "";
}
